// The named sets of characters in regular expressions: \d, \w, \s and the properties of Unicode.
import { type CodePoints, everyCodePoint, lastCodePoint, onePoint, pointsOf, subtract } from './code-points.ts'

const digits: readonly CodePoints[] = [{ from: 0x30, to: 0x39 }]
export const wordChars: readonly CodePoints[] = [
  ...digits,
  { from: 0x41, to: 0x5a },
  onePoint(0x5f),
  { from: 0x61, to: 0x7a },
]
const space = [...pointsOf(' \t\n\r\f\v\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff'), { from: 0x2000, to: 0x200a }]

/** By the letter behind the backslash. */
export const namedSets: Readonly<Record<string, readonly CodePoints[]>> = {
  d: digits,
  D: subtract(everyCodePoint, digits),
  w: wordChars,
  W: subtract(everyCodePoint, wordChars),
  s: space,
  S: subtract(everyCodePoint, space),
}

/** The characters that the dot matches without its flag. */
export const notNewline: readonly CodePoints[] = subtract(everyCodePoint, pointsOf('\n\r\u2028\u2029'))

const known = new Map<string, readonly CodePoints[] | undefined>()
let everyChar: string | undefined

/**
 * The code points that have a property of Unicode, as this JavaScript engine knows it.
 * @param name as in `\p{…}`: `L`, `Script=Greek`, `Emoji`.
 * @returns undefined for a name that is not a property.
 */
export function unicodeProperty(name: string): readonly CodePoints[] | undefined {
  if (!/^\w{1,40}(=\w{1,40})?$/.test(name)) return undefined
  if (!known.has(name)) known.set(name, findProperty(name))
  return known.get(name)
}

function findProperty(name: string): readonly CodePoints[] | undefined {
  let runs: RegExp
  try {
    runs = new RegExp(`\\p{${name}}+`, 'gu')
  } catch {
    return undefined
  }
  everyChar ??= allChars()
  const result: CodePoints[] = []
  for (const { 0: run, index } of everyChar.matchAll(runs)) {
    const from = everyChar.codePointAt(index)!
    const last = run.charCodeAt(run.length - 1)
    const isLow = last >= 0xdc00 && last <= 0xdfff && run.length > 1
    result.push({ from, to: isLow ? run.codePointAt(run.length - 2)! : last })
  }
  return result
}

/** All characters in order but the surrogates, which would come together as pairs. */
function allChars(): string {
  const parts: string[] = []
  for (let start = 0; start <= lastCodePoint; start += 0x800) {
    if (start === 0xd800) continue
    parts.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => start + i)))
  }
  return parts.join('')
}
