// GBNF as text: literals, character classes, repetitions, names. It knows nothing of JSON or schemas.

export type CodePoints = { readonly from: number; readonly to: number }

/** The most repetitions that libllama takes for one item. */
const mostRepetitions = 2000

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** A terminal that is exactly this text. */
export function literal(text: string): string {
  return `"${Array.from(text, (char) => (char === '"' ? '\\"' : escapeChar(char))).join('')}"`
}

/** A class of the given ranges; at least one. */
export function charClass(ranges: readonly CodePoints[], negated = false): string {
  const name = (codePoint: number) => {
    const char = String.fromCodePoint(codePoint)
    return '[]^-'.includes(char) ? `\\x${hex(codePoint, 2)}` : escapeChar(char)
  }
  const parts = ranges.map(({ from, to }) => (from === to ? name(from) : `${name(from)}-${name(to)}`))
  return `[${negated ? '^' : ''}${parts.join('')}]`
}

function escapeChar(char: string): string {
  const short = shortEscapes[char]
  if (short !== undefined) return short
  const codePoint = char.codePointAt(0)!
  return codePoint < 0x20 || codePoint === 0x7f ? `\\x${hex(codePoint, 2)}` : char
}

export function hex(n: number, nDigits: number): string {
  return n.toString(16).padStart(nDigits, '0')
}

/** Alternatives as one item. */
export function either(alternatives: readonly string[]): string {
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' | ')})`
}

/** `*`, `{2,3}` …: how often, in as few characters as it goes. */
export function times(min: number, max: number): string {
  if (min === 1 && max === 1) return ''
  if (min === 0 && max === 1) return '?'
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === max ? `{${min}}` : `{${min},${max}}`
}

/**
 * An item several times, more often than libllama's 2000 too.
 * @param item one item: a name, a literal, a class or a group.
 * @param addRule takes the body of a helper rule and returns its name.
 */
export function repeated(item: string, min: number, max: number, addRule: (body: string) => string): string {
  if (max === 0) return '""'
  const isShort = min <= mostRepetitions && (max <= mostRepetitions || max === Number.POSITIVE_INFINITY)
  if (isShort) return `${item}${times(min, max)}`
  const block = `${item}{${mostRepetitions}}`
  const rest = addRule(repeated(item, Math.max(0, min - mostRepetitions), max - mostRepetitions, addRule))
  if (min >= mostRepetitions) return `${block} ${rest}`
  return addRule(`${item}${times(min, mostRepetitions - 1)} | ${block} ${rest}`)
}

/** A name that GBNF allows, as near to the wish as that is possible. */
export function ruleName(wish: string): string {
  return wish.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 64) || 'rule'
}
