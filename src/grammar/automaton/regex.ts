// A regular expression as a tree. Knows nothing of its source text, nor of automata.
import { type CodePoints, everyCodePoint, onePoint } from './code-points.ts'

/**
 * A tree whose texts are exactly those that it spells out, from the first character to the last.
 */
export type PlainRegex =
  | { readonly kind: 'set'; readonly ranges: readonly CodePoints[] }
  | { readonly kind: 'sequence'; readonly items: readonly PlainRegex[] }
  | { readonly kind: 'either'; readonly alternatives: readonly PlainRegex[] }
  | { readonly kind: 'repeat'; readonly item: PlainRegex; readonly min: number; readonly max: number }

/** A tree with assertions, which is looked for anywhere in a text. */
export type Regex =
  | { readonly kind: 'set'; readonly ranges: readonly CodePoints[] }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'either'; readonly alternatives: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly item: Regex; readonly min: number; readonly max: number }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'boundary'; readonly isNegated: boolean }
  | { readonly kind: 'lookahead'; readonly item: Regex; readonly isNegated: boolean }

/** Any text. */
export const anything: PlainRegex = {
  kind: 'repeat',
  item: { kind: 'set', ranges: everyCodePoint },
  min: 0,
  max: Number.POSITIVE_INFINITY,
}

export function textRegex(text: string): PlainRegex {
  return {
    kind: 'sequence',
    items: Array.from(text, (char) => ({ kind: 'set', ranges: [onePoint(char.codePointAt(0)!)] })),
  }
}

/** A regular expression that is found in a text only if the whole text matches the tree. */
export function anchored(regex: Regex): Regex {
  return { kind: 'sequence', items: [{ kind: 'start' }, regex, { kind: 'end' }] }
}

/** Texts of `min` to `max` code points. */
export function lengthRegex(min: number, max: number): Regex {
  return anchored({ kind: 'repeat', item: { kind: 'set', ranges: everyCodePoint }, min, max })
}

/** The minimum and maximum number of code points of a text. */
export function lengthOf(regex: PlainRegex): { min: number; max: number } {
  switch (regex.kind) {
    case 'set':
      return { min: 1, max: 1 }
    case 'sequence': {
      const lengths = regex.items.map(lengthOf)
      return { min: sum(lengths.map(({ min }) => min)), max: sum(lengths.map(({ max }) => max)) }
    }
    case 'either': {
      const lengths = regex.alternatives.map(lengthOf)
      return { min: Math.min(...lengths.map(({ min }) => min)), max: Math.max(...lengths.map(({ max }) => max)) }
    }
    case 'repeat': {
      const { min, max } = lengthOf(regex.item)
      return { min: min * regex.min, max: max === 0 || regex.max === 0 ? 0 : max * regex.max }
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/**
 * The texts in which the tree is found, as a tree without assertions.
 * @returns undefined where that needs an automaton: `^` and `$` are read at the ends of the
 *   alternatives of the whole.
 */
export function withoutAssertions(regex: Regex): PlainRegex | undefined {
  const alternatives = unwrapped(regex).map((alternative) => {
    const items = alternative.kind === 'sequence' ? alternative.items : [alternative]
    const isStart = items[0]?.kind === 'start'
    const isEnd = items.at(-1)?.kind === 'end'
    const inner = items.slice(isStart ? 1 : 0, isEnd ? -1 : undefined)
    if (!inner.every(isPlain)) return undefined
    return [...(isStart ? [] : [anything]), ...(inner as readonly PlainRegex[]), ...(isEnd ? [] : [anything])]
  })
  if (alternatives.includes(undefined)) return undefined
  const sequences = alternatives.map((items): PlainRegex => ({ kind: 'sequence', items: items! }))
  return sequences.length === 1 ? sequences[0] : { kind: 'either', alternatives: sequences }
}

/** The alternatives of the whole, unwrapped from groups that hold nothing else. */
function unwrapped(regex: Regex): readonly Regex[] {
  if (regex.kind === 'sequence' && regex.items.length === 1) return unwrapped(regex.items[0]!)
  return regex.kind === 'either' ? regex.alternatives.flatMap(unwrapped) : [regex]
}

function isPlain(regex: Regex): regex is PlainRegex {
  switch (regex.kind) {
    case 'set':
      return true
    case 'sequence':
      return regex.items.every(isPlain)
    case 'either':
      return regex.alternatives.every(isPlain)
    case 'repeat':
      return isPlain(regex.item)
    default:
      return false
  }
}

/**
 * The texts of a tree whose length lies between two bounds, where a single repetition determines
 * the length.
 * @returns undefined where more than that determines it; the tree itself when all its texts have
 *   such a length.
 */
export function withLength(regex: PlainRegex, min: number, max: number): PlainRegex | undefined {
  const length = lengthOf(regex)
  if (length.min >= min && length.max <= max) return regex
  if (regex.kind === 'sequence') {
    const lengths = regex.items.map(lengthOf)
    const variable = lengths.flatMap((each, i) => (each.min === each.max ? [] : [i]))
    if (variable.length !== 1) return undefined
    const at = variable[0]!
    const fixed = length.min - lengths[at]!.min
    if (max < fixed) return undefined
    const item = withLength(regex.items[at]!, Math.max(0, min - fixed), max - fixed)
    return item && { kind: 'sequence', items: regex.items.with(at, item) }
  }
  if (regex.kind !== 'repeat') return undefined
  const each = lengthOf(regex.item)
  if (each.min !== each.max || each.min === 0) return undefined
  const most = Math.min(regex.max, Math.floor(max / each.min))
  const least = Math.max(regex.min, Math.ceil(min / each.min))
  return least > most ? undefined : { kind: 'repeat', item: regex.item, min: least, max: most }
}
