// JSON's spelling of strings, as GBNF: every text has one spelling here, so a key or a pattern
// cannot be met by another spelling.
import { type CodePoints, normalize, subtract } from '../automaton/code-points.ts'
import { charClass, charSet, either, hex, literal } from './gbnf-text.ts'

/**
 * At most one white space, or a new line and an indentation: it keeps a model from writing blanks
 * for ever.
 */
export const spaceRule = '| " " | "\\n"{1,2} [ \\t]{0,20}'

/**
 * Any character of a string. Half surrogates have no spelling: a string has exactly as many
 * characters as its length.
 */
export const charRule =
  '[^"\\\\\\x7F\\x00-\\x1F] | [\\\\] (["\\\\bfnrt] | "u" ([0-9a-ce-fA-CE-F] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))'

const shortEscapes: Readonly<Record<number, string>> = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r' }

const quote = 0x22
const backslash = 0x5c

/**
 * A set of characters inside a JSON string, as one item; undefined when none of them can be
 * written.
 */
export function jsonChars(set: readonly CodePoints[]): string | undefined {
  const plain = subtract(set, [
    { from: 0, to: 0x1f },
    { from: quote, to: quote },
    { from: backslash, to: backslash },
    { from: 0xd800, to: 0xdfff },
  ])
  const has = (codePoint: number) => set.some(({ from, to }) => from <= codePoint && codePoint <= to)
  const parts = plain.length > 0 ? [charSet(plain)] : []
  if (has(quote)) parts.push(literal('\\"'))
  if (has(backslash)) parts.push(literal('\\\\'))
  for (const [codePoint, spelling] of Object.entries(shortEscapes)) {
    if (has(Number(codePoint))) parts.push(literal(spelling))
  }
  if (parts.length === 0) {
    for (let c = 0; c < 0x20; c++) if (has(c)) parts.push(literal(`\\u${hex(c, 4)}`))
  }
  return parts.length === 0 ? undefined : either(parts)
}

/**
 * The inside of a JSON string other than these.
 * @param names at least one.
 */
export function stringOtherThan(names: readonly string[]): string {
  type Node = { isEnd: boolean; readonly next: Map<string, Node> }
  const root: Node = { isEnd: false, next: new Map() }
  for (const name of names) {
    let node = root
    for (const unit of unitsOf(name)) {
      let next = node.next.get(unit)
      if (next === undefined) {
        next = { isEnd: false, next: new Map() }
        node.next.set(unit, next)
      }
      node = next
    }
    node.isEnd = true
  }
  const format = (node: Node): string => {
    const alternatives = [...node.next].map(([unit, next]) => `${literal(unit)} ${format(next)}`)
    alternatives.push(`${unitExcept([...node.next.keys()])} ${anyUnit}*`)
    const body = `(${alternatives.join(' | ')})`
    return node.isEnd ? body : `${body}?`
  }
  return format(root)
}

/** The characters of a text as JSON writes them: itself, or an escape. */
function unitsOf(text: string): string[] {
  return Array.from(text, (char) => JSON.stringify(char).slice(1, -1))
}

const escapes = ['\\"', '\\\\', '\\b', '\\f', '\\n', '\\r', '\\t']

const anyUnit = unitExcept([])

function unitExcept(units: readonly string[]): string {
  const plain = units.filter((unit) => !unit.startsWith('\\'))
  const excluded = plain.map((unit) => ({ from: unit.codePointAt(0)!, to: unit.codePointAt(0)! }))
  const fixed = [
    { from: 0, to: 0x1f },
    { from: 0x7f, to: 0x7f },
    { from: quote, to: quote },
    { from: backslash, to: backslash },
  ]
  const others = escapes.filter((spelling) => !units.includes(spelling)).map(literal)
  return either([charClass(normalize([...fixed, ...excluded]), true), ...others])
}
