// Random texts that a grammar matches, made from its syntax tree: as a model would write that knows
// only the grammar.
import type { Element, Grammar, Item, Sequence } from '../../src/grammar/gbnf.ts'

/** Unbounded repetitions are made at most so many times more than required. */
const maxMore = 2

/** The depth of rules at which the shortest way out is taken. */
const deep = 8

export class GrammarTexts {
  readonly #rules: ReadonlyMap<string, readonly Sequence[]>
  readonly #random: () => number
  /** Rules on the shortest way from a rule to terminals. */
  readonly #depths = new Map<string, number>()

  constructor(grammar: Grammar, random: () => number) {
    this.#rules = new Map(grammar.rules.map(({ name, alternatives }) => [name, alternatives]))
    this.#random = random
    for (const name of this.#rules.keys()) this.#depths.set(name, Number.POSITIVE_INFINITY)
    for (let isChanged = true; isChanged; ) {
      isChanged = false
      for (const [name, alternatives] of this.#rules) {
        const depth = 1 + this.#depthOf(alternatives)
        if (depth < this.#depths.get(name)!) {
          this.#depths.set(name, depth)
          isChanged = true
        }
      }
    }
  }

  next(): string {
    return this.#alternatives(this.#rules.get('root')!, 0)
  }

  #depthOf(alternatives: readonly Sequence[]): number {
    return Math.min(...alternatives.map((sequence) => this.#sequenceDepth(sequence)))
  }

  #sequenceDepth(sequence: Sequence): number {
    return Math.max(0, ...sequence.map((item) => (isOptional(item) ? 0 : this.#elementDepth(item.element))))
  }

  #elementDepth(element: Element): number {
    if (element.kind === 'reference') return this.#depths.get(element.name) ?? 0
    return element.kind === 'group' ? this.#depthOf(element.alternatives) : 0
  }

  #alternatives(alternatives: readonly Sequence[], depth: number): string {
    let choices = alternatives
    if (depth > deep) {
      const least = this.#depthOf(alternatives)
      choices = alternatives.filter((sequence) => this.#sequenceDepth(sequence) === least)
    }
    const sequence = choices[Math.floor(this.#random() * choices.length)]!
    return sequence.map((item) => this.#item(item, item.repetitions.length, depth)).join('')
  }

  #item(item: Item, nRepetitions: number, depth: number): string {
    const repetition = item.repetitions[nRepetitions - 1]
    if (repetition === undefined) return this.#element(item.element, depth)
    const most = depth > deep ? repetition.min : Math.min(repetition.max, repetition.min + maxMore)
    const n = repetition.min + Math.floor(this.#random() * (most - repetition.min + 1))
    return Array.from({ length: n }, () => this.#item(item, nRepetitions - 1, depth)).join('')
  }

  #element(element: Element, depth: number): string {
    switch (element.kind) {
      case 'literal':
        return String.fromCodePoint(...element.codePoints)
      case 'any':
        return 'x'
      case 'reference':
        return this.#alternatives(this.#rules.get(element.name)!, depth + 1)
      case 'group':
        return this.#alternatives(element.alternatives, depth)
      case 'class':
        return element.negated ? this.#outside(element.ranges) : this.#inside(element.ranges)
      default:
        throw new Error('tokens have no text here')
    }
  }

  #inside(ranges: readonly { from: number; to: number }[]): string {
    const range = ranges[Math.floor(this.#random() * ranges.length)]
    if (range === undefined) return ''
    return String.fromCodePoint(range.from + Math.floor(this.#random() * (range.to - range.from + 1)))
  }

  #outside(ranges: readonly { from: number; to: number }[]): string {
    const wanted = ['a', 'b', 'c', 'é', '媽', '🤗', '"', '\\', '\n', ' ', ':', ',', '{', '0', '\u007f', '\u0001']
    const free = wanted.filter(
      (char) => !ranges.some(({ from, to }) => from <= char.codePointAt(0)! && char.codePointAt(0)! <= to),
    )
    return free[Math.floor(this.#random() * free.length)] ?? '\u4e00'
  }
}

function isOptional({ repetitions }: Item): boolean {
  return repetitions.some(({ min }) => min === 0)
}
