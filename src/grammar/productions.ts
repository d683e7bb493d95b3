/**
 * A grammar as libllama stores it: repetitions and groups unrolled into rules of their own,
 * numbered in the order in which libllama first meets them, because its limits count those numbers.
 *
 * Only symbols that can stand first in a text are kept. After a terminal none can, so a sequence is
 * cut there; sizes are counted in full.
 *
 * Stricter than libllama: a rule must be defined even if its reference is dropped, by `{0}` or by a
 * later definition of the rule it stands in (libllama then refuses it or not, depending on its
 * number).
 */
import { type GrammarLimits, maxRepetitions } from './limits.ts'
import { GrammarError } from './problem.ts'
import type { Element, Grammar, Item, Repetition, Sequence } from './syntax.ts'

export type Production = {
  /** The rule in which it was written; for kind `rule`, its own name. */
  readonly owner: string
  readonly kind: 'rule' | 'group' | 'repetition'
  readonly at: number
  /**
   * Each a list of production numbers, ending with TERMINAL if it was cut. Empty when it matches
   * the empty text.
   */
  readonly alternatives: readonly (readonly number[])[]
}

/** Stands for a character, a class or a token: any element that consumes text. */
export const TERMINAL = -1

/**
 * @returns the productions by number: every reference in them is defined, and so is `root`.
 * @throws GrammarError for an undefined rule, a missing root, a repetition of nothing, or an
 *   exceeded limit.
 */
export function unroll(grammar: Grammar, limits: GrammarLimits): readonly Production[] {
  return new Unroller(grammar, limits.unrolledElements).productions()
}

/**
 * Of an item or a sequence: the kept symbols, and how many elements libllama stores for all of it.
 */
type Body = { symbols: readonly number[]; size: number }

/**
 * The cost of a generated rule in libllama beside its elements, in elements: a vector, a map node
 * and two strings.
 */
const ruleOverhead = 16

class Unroller {
  readonly #grammar: Grammar
  readonly #maxElements: number
  readonly #productions: (Production | undefined)[] = []
  readonly #numbers = new Map<string, number>()
  readonly #firstReference = new Map<string, number>()
  #nElements = 0

  constructor(grammar: Grammar, maxElements: number) {
    this.#grammar = grammar
    this.#maxElements = maxElements
  }

  productions(): Production[] {
    for (const { name, at, alternatives } of this.#grammar.rules) {
      const number = this.#numberOf(name)
      this.#productions[number] = { owner: name, kind: 'rule', at, alternatives: this.#bodies(alternatives, name) }
    }
    for (const [name, at] of this.#firstReference) {
      if (this.#productions[this.#numberOf(name)] === undefined) throw new GrammarError(at, `undefined rule "${name}"`)
    }
    if (!this.#numbers.has('root')) throw new GrammarError(0, 'missing rule "root"')
    return this.#productions as Production[]
  }

  #bodies(alternatives: readonly Sequence[], owner: string): number[][] {
    return alternatives.map((sequence) => {
      const symbols: number[] = []
      for (const item of sequence) {
        const body = this.#item(item, owner)
        if (symbols.at(-1) !== TERMINAL) for (const symbol of body.symbols) symbols.push(symbol)
      }
      this.#charge(1, sequence[0]?.element.at ?? 0)
      return symbols
    })
  }

  #item(item: Item, owner: string): Body {
    const nBefore = this.#productions.length
    let body = this.#element(item.element, owner)
    this.#charge(body.size, item.element.at)
    // libllama's measure of an item: the numbers given out inside it, first mentions of other rules
    // included.
    let nRules = item.element.kind === 'group' ? this.#productions.length - nBefore : 1
    for (const repetition of item.repetitions) {
      if (body.size === 0) throw new GrammarError(repetition.at, 'repetition of something that is always empty')
      nRules *= unrolledTimes(repetition)
      if (nRules > maxRepetitions) {
        const what = `repetitions multiply to ${nRules} rules`
        throw new GrammarError(repetition.at, `${what}, over the limit of ${maxRepetitions}`)
      }
      body = this.#repeat(body, repetition, owner)
    }
    return body
  }

  #element(element: Element, owner: string): Body {
    switch (element.kind) {
      case 'literal':
        return terminal(element.codePoints.length)
      case 'class':
        return terminal(element.ranges.reduce((n, r) => n + (r.from === r.to ? 1 : 2), 0))
      case 'any':
      case 'token':
        return terminal(1)
      case 'reference':
        if (!this.#firstReference.has(element.name)) this.#firstReference.set(element.name, element.at)
        return { symbols: [this.#numberOf(element.name)], size: 1 }
      case 'group': {
        const number = this.#newNumber()
        const alternatives = this.#bodies(element.alternatives, owner)
        this.#productions[number] = { owner, kind: 'group', at: element.at, alternatives }
        return { symbols: [number], size: 1 }
      }
    }
  }

  /**
   * S{m,n} is S m times, then S' for the rest: S' ::= S S'' | (n - m of them), or S' ::= S S' |
   * without end.
   */
  #repeat(body: Body, { at, min, max }: Repetition, owner: string): Body {
    const isUnbounded = max === Number.POSITIVE_INFINITY
    const nRules = isUnbounded ? 1 : max - min
    this.#charge(body.size * (Math.max(min, 1) + nRules), at)
    this.#charge(nRules * (ruleOverhead + owner.length / 8), at)
    const isCut = body.symbols.at(-1) === TERMINAL
    let rest: number | undefined
    for (let i = 0; i < nRules; i++) {
      const number = this.#newNumber()
      const next = isUnbounded ? number : rest
      const symbols = isCut || next === undefined ? body.symbols : [...body.symbols, next]
      this.#productions[number] = { owner, kind: 'repetition', at, alternatives: [symbols, []] }
      rest = number
    }
    const symbols: number[] = []
    const nCopies = isCut ? Math.min(min, 1) : min
    for (let i = 0; i < nCopies; i++) for (const symbol of body.symbols) symbols.push(symbol)
    if (rest !== undefined && symbols.at(-1) !== TERMINAL) symbols.push(rest)
    return { symbols, size: body.size * min + (rest === undefined ? 0 : 1) }
  }

  #numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#newNumber()
    this.#numbers.set(name, number)
    return number
  }

  #newNumber(): number {
    return this.#productions.push(undefined) - 1
  }

  #charge(nElements: number, at: number): void {
    this.#nElements += nElements
    if (this.#nElements > this.#maxElements) {
      throw new GrammarError(at, `grammar unrolls to more than ${this.#maxElements} elements`)
    }
  }
}

function terminal(size: number): Body {
  return { symbols: size === 0 ? [] : [TERMINAL], size }
}

/** The factor by which one repetition multiplies an item's rules, as libllama counts them. */
function unrolledTimes({ min, max }: Repetition): number {
  if (max !== Number.POSITIVE_INFINITY && max > 0) return max
  return Math.max(min, 1)
}
