// A grammar of any text up to and including a marker: an automaton (Knuth, Morris and Pratt), one
// rule a state.
import { charClass, literal } from './json-schema/gbnf-text.ts'

/**
 * @param marker at least one character.
 * @param name of the first rule; the names of the other states are derived from it.
 * @returns the rules, one a line. The marker occurs in the text once: at its end.
 */
export function untilRules(name: string, marker: string): string {
  const chars = [...marker]
  const fallback = fallbacks(chars)
  const state = (n: number) => (n === 0 ? name : `${name}-${n}`)
  return chars.map((_, at) => `${state(at)} ::= ${transitions(chars, at, fallback, state)}\n`).join('')
}

function transitions(
  chars: readonly string[],
  at: number,
  fallback: readonly number[],
  state: (n: number) => string,
): string {
  const known = new Map<string, number>()
  for (let from: number | undefined = at; from !== undefined; from = from === 0 ? undefined : fallback[from]!) {
    const char = chars[from]!
    if (!known.has(char)) known.set(char, from + 1)
  }
  const next = [...known].map(([char, to]) => (to === chars.length ? literal(char) : `${literal(char)} ${state(to)}`))
  const others = [...known.keys()].map((char) => ({ from: char.codePointAt(0)!, to: char.codePointAt(0)! }))
  return [...next, `${charClass(others, true)} ${state(0)}`].join(' | ')
}

/** For each number of matched characters: the longest shorter prefix that they end with. */
function fallbacks(chars: readonly string[]): number[] {
  const fallback = [0, 0]
  for (let at = 1; at < chars.length; at++) {
    let n = fallback[at]!
    while (n > 0 && chars[n] !== chars[at]) n = fallback[n]!
    fallback.push(chars[n] === chars[at] ? n + 1 : 0)
  }
  return fallback
}
