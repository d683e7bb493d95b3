// GBNF as text: literals, character classes, repetitions, names. Knows nothing of JSON or schemas.
import type { CodePoints } from '../automaton/code-points.ts'

/** The maximum number of repetitions that libllama accepts for one item. */
const maxRepetitions = 2000

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** A terminal that matches exactly this text. */
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

/** A set of characters as one terminal: a literal if it has only one. */
export function charSet(ranges: readonly CodePoints[]): string {
  const [first, ...others] = ranges
  const isOne = first !== undefined && others.length === 0 && first.from === first.to
  return isOne ? literal(String.fromCodePoint(first.from)) : charClass(ranges)
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

/** `*`, `{2,3}` …: a repetition in as few characters as possible. */
export function times(min: number, max: number): string {
  if (min === 1 && max === 1) return ''
  if (min === 0 && max === 1) return '?'
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === max ? `{${min}}` : `{${min},${max}}`
}

/**
 * Repetitions beyond libllama's limit are counted in blocks: libllama makes a rule of each
 * repetition.
 */
const blockLength = 64

/**
 * Repeats an item, also more often than libllama's 2000 times.
 * @param item one item: a name, a literal, a class or a group.
 * @param max up to 2000 blocks of 64 beyond the minimum, or unbounded.
 * @param addRule takes the body of a helper rule and returns its name.
 */
export function repeated(item: string, min: number, max: number, addRule: (body: string) => string): string {
  if (max === 0) return '""'
  const isShort = min <= maxRepetitions && (max <= maxRepetitions || max === Number.POSITIVE_INFINITY)
  if (isShort) return `${item}${times(min, max)}`
  const block = addRule(`${item}{${blockLength}}`)
  const inBlocks = (n: number, nMore: number) => {
    const [nBlocks, nItems] = [Math.floor(n / blockLength), n % blockLength]
    return [
      nBlocks === 0 ? '' : `${block}${times(nBlocks, nBlocks)}`,
      nItems + nMore === 0 ? '' : `${item}${times(nItems, nItems + nMore)}`,
    ]
  }
  const least = min <= maxRepetitions ? [min === 0 ? '' : `${item}${times(min, min)}`] : inBlocks(min, 0)
  if (max === Number.POSITIVE_INFINITY) return [...least, `${item}*`].filter(Boolean).join(' ')
  const [nBlocks, nRest] = [Math.floor((max - min) / blockLength), (max - min) % blockLength]
  const full = nBlocks === 0 ? '' : `${block}${times(nBlocks, nBlocks)}`
  const last = `${full} ${nRest === 0 ? '' : `${item}${times(0, nRest)}`}`.trim()
  const fewer = nBlocks === 0 ? '' : `${block}${times(0, nBlocks - 1)} ${item}${times(0, blockLength - 1)} | `
  return [...least, addRule(`${fewer}${last}`)].filter(Boolean).join(' ')
}

/** A name that GBNF allows, as close to the wish as possible. */
export function ruleName(wish: string): string {
  return (
    wish
      .replace(/[^A-Za-z0-9-]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 24) || 'rule'
  )
}

/**
 * Texts as one item, with common prefixes written once: each place has only as many alternatives as
 * there are next characters, since libllama follows all alternatives of a place side by side.
 * @param texts at least one; `tail` is what follows the text, and is empty or an item.
 * @param addRule as for `repeated`; called where groups would be nested deep.
 */
export function prefixTree(
  texts: readonly { readonly text: string; readonly tail: string }[],
  addRule: (body: string) => string,
): string {
  type Entry = { readonly chars: readonly string[]; readonly tail: string }
  const expression = (entries: readonly Entry[], at: number, depth: number): string => {
    const byChar = new Map<string, Entry[]>()
    const ends: string[] = []
    for (const entry of entries) {
      const char = entry.chars[at]
      if (char === undefined) ends.push(entry.tail === '' ? '""' : entry.tail)
      else if (byChar.has(char)) byChar.get(char)!.push(entry)
      else byChar.set(char, [entry])
    }
    const alternatives = [...byChar.values()].map((alike) => {
      const end = commonEnd(alike, at)
      const rest = expression(alike, end, depth + 1)
      return `${literal(alike[0]!.chars.slice(at, end).join(''))} ${rest === '""' ? '' : rest}`.trimEnd()
    })
    const isDeep = depth > 0 && depth % 24 === 0
    const body = [...new Set(ends), ...alternatives]
    if (body.length === 1) return isDeep ? addRule(body[0]!) : body[0]!
    return isDeep ? addRule(body.join(' | ')) : `(${body.join(' | ')})`
  }
  const commonEnd = (entries: readonly Entry[], at: number): number => {
    const [first] = entries
    let end = at + 1
    while (entries.every(({ chars }) => end < chars.length && chars[end] === first!.chars[end])) end++
    return end
  }
  const entries = texts.map(({ text, tail }) => ({ chars: Array.from(text), tail }))
  return expression(entries, 0, 0)
}
