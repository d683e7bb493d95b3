/**
 * Compiles regular expressions that a text must match, or must not match, to one deterministic
 * automaton over code points. Pure and bounded: it ends with an error before it exhausts the memory
 * of the process.
 */
import { Alphabet } from './alphabet.ts'
import { type CodePoints, pointsOf } from './code-points.ts'
import { type DecimalStep, type Formula, Formulas, nothing, TooLarge } from './formulas.ts'
import type { Regex } from './regex.ts'

export { TooLarge } from './formulas.ts'

/**
 * A regular expression that must or must not be found in a text; or the number whose multiple the
 * text must be.
 */
export type Condition = { readonly regex: Regex; readonly isNegated?: boolean } | { readonly multipleOf: DecimalStep }

const digits: Regex = {
  kind: 'sequence',
  items: Array.from('-.0123456789', (char) => ({ kind: 'set', ranges: pointsOf(char) })),
}

export type AutomatonLimits = {
  readonly states: number
  /** Calls of derivatives and closures, some 100 ns each. */
  readonly steps: number
}

export const defaultAutomatonLimits: AutomatonLimits = { states: 2_000, steps: 300_000 }

/**
 * State 0 is the first. Every state leads to an accepting one; without states, no text is accepted.
 */
export class Dfa {
  readonly #alphabet: Alphabet
  readonly states: readonly State[]
  /** Whether the expressions themselves read each text in one way only. */
  readonly isUnambiguous: boolean
  /** The work it took, in the steps of the limits. */
  readonly nSteps: number

  constructor(alphabet: Alphabet, states: readonly State[], isUnambiguous: boolean, nSteps: number) {
    this.#alphabet = alphabet
    this.states = states
    this.isUnambiguous = isUnambiguous
    this.nSteps = nSteps
  }

  get isEmpty(): boolean {
    return this.states.length === 0
  }

  /** The sets of characters that lead out of a state, and where to. */
  steps(state: number): readonly { readonly ranges: readonly CodePoints[]; readonly to: number }[] {
    const byTarget = new Map<number, CodePoints[]>()
    for (const [charClass, to] of this.states[state]!.next.entries()) {
      if (to < 0) continue
      const ranges = this.#alphabet.classes[charClass]!
      const known = byTarget.get(to)
      if (known === undefined) byTarget.set(to, [...ranges])
      else for (const range of ranges) known.push(range)
    }
    return [...byTarget].map(([to, ranges]) => ({ ranges, to }))
  }

  /** The lengths of the shortest and the longest text; there must be at least one text. */
  lengths(): { readonly min: number; readonly max: number } {
    const targets = this.states.map(({ next }) => [...new Set(next)].filter((to) => to >= 0))
    let min = 0
    const seen = new Set([0])
    for (let level = [0]; !level.some((state) => this.states[state]!.isAccepting); min++) {
      level = level.flatMap((state) => targets[state]!).filter((to) => !seen.has(to) && seen.add(to))
    }
    const nComings = new Int32Array(targets.length)
    for (const each of targets) for (const to of each) nComings[to]!++
    const longest = new Float64Array(targets.length)
    const ready = nComings[0] === 0 ? [0] : []
    let nDone = 0
    for (let state = ready.pop(); state !== undefined; state = ready.pop()) {
      nDone++
      for (const to of targets[state]!) {
        longest[to] = Math.max(longest[to]!, longest[state]! + 1)
        if (--nComings[to]! === 0) ready.push(to)
      }
    }
    return { min, max: nDone < targets.length ? Number.POSITIVE_INFINITY : Math.max(...longest) }
  }

  accepts(text: string): boolean {
    if (this.isEmpty) return false
    let state = 0
    for (const char of text) {
      const charClass = this.#alphabet.classOf(char.codePointAt(0)!)
      state = charClass < 0 ? -1 : this.states[state]!.next[charClass]!
      if (state < 0) return false
    }
    return this.states[state]!.isAccepting
  }
}

/** `next` has a state for each class of characters, or -1. */
type State = { readonly next: Int32Array; readonly isAccepting: boolean }

/**
 * @param conditions all must hold.
 * @throws TooLarge when a limit is exceeded.
 */
export function compile(conditions: readonly Condition[], limits: AutomatonLimits = defaultAutomatonLimits): Dfa {
  const alphabet = new Alphabet(conditions.map((condition) => ('regex' in condition ? condition.regex : digits)))
  let nLeft = limits.steps
  const formulas = new Formulas(alphabet, (nSteps) => {
    nLeft -= nSteps
    if (nLeft < 0) throw new TooLarge('takes too many steps to become an automaton')
  })
  const first = formulas.and(
    conditions.map((condition) => {
      if ('multipleOf' in condition) return formulas.multiple(condition.multipleOf)
      const found = formulas.found(condition.regex)
      return condition.isNegated === true ? formulas.not(found) : found
    }),
  )
  const numbers = new Map<Formula, number>([[first, 0]])
  const states: State[] = []
  let isUnambiguous = true
  for (const formula of numbers.keys()) {
    const next = new Int32Array(alphabet.classes.length).fill(-1)
    for (let charClass = 0; charClass < next.length; charClass++) {
      const then = formulas.derivative(formula, charClass)
      if (then === nothing) continue
      if (isUnambiguous && formulas.nWays(formula, charClass) > 1) isUnambiguous = false
      if (!numbers.has(then)) numbers.set(then, numbers.size)
      next[charClass] = numbers.get(then)!
    }
    states.push({ next, isAccepting: formulas.acceptsEmpty(formula) })
    if (numbers.size > limits.states) throw new TooLarge(`needs an automaton of more than ${limits.states} states`)
  }
  return new Dfa(alphabet, minimized(trimmed(states)), isUnambiguous, limits.steps - nLeft)
}

/** Leaves out the states from which no text is accepted. */
function trimmed(states: readonly State[]): State[] {
  const before: number[][] = states.map(() => [])
  for (const [from, { next }] of states.entries()) for (const to of next) if (to >= 0) before[to]!.push(from)
  const isUseful = states.map(({ isAccepting }) => isAccepting)
  const todo = states.flatMap(({ isAccepting }, i) => (isAccepting ? [i] : []))
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    for (const from of before[state]!) {
      if (!isUseful[from]) todo.push(from)
      isUseful[from] = true
    }
  }
  if (!isUseful[0]) return []
  const numbers = new Int32Array(states.length).fill(-1)
  let n = 0
  for (let i = 0; i < states.length; i++) if (isUseful[i]) numbers[i] = n++
  return states
    .filter((_, i) => isUseful[i])
    .map(({ next, isAccepting }) => ({ next: next.map((to) => (to < 0 ? -1 : numbers[to]!)), isAccepting }))
}

/**
 * Larger automata are not minimized: most of their equal states have equal formulas, and so are one
 * state already.
 */
const maxMinimized = 400

/** Moore's refinement: states are equal until a character distinguishes them. */
function minimized(states: State[]): State[] {
  if (states.length > maxMinimized) return states
  let groups = states.map(({ isAccepting }) => Number(isAccepting))
  for (let n = new Set(groups).size; ; ) {
    const byKey = new Map<string, number>()
    const refined = states.map(({ next }, i) => {
      const key = `${groups[i]};${next.map((to) => (to < 0 ? -1 : groups[to]!)).join()}`
      if (!byKey.has(key)) byKey.set(key, byKey.size)
      return byKey.get(key)!
    })
    groups = refined
    if (byKey.size === n) break
    n = byKey.size
  }
  const result: State[] = []
  for (const [i, group] of groups.entries()) {
    const { next, isAccepting } = states[i]!
    result[group] ??= { next: next.map((to) => (to < 0 ? -1 : groups[to]!)), isAccepting }
  }
  return result
}
