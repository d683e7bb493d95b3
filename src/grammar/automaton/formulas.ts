/**
 * States of an automaton as formulas over places in regular expressions: and, or, not. A formula
 * states which remaining texts are accepted; its derivative by a character, which are accepted
 * after that character. Lookaheads, several patterns and their complements are operators, so none
 * is a special case. Source: Brzozowski, "Derivatives of regular expressions" (1964); boolean
 * automata.
 */
import type { Alphabet } from './alphabet.ts'
import { anything, type Regex } from './regex.ts'

/** A number that stands for a formula; equal formulas have equal numbers. */
export type Formula = number

export const nothing: Formula = 0
const everything: Formula = 1
const onlyEmpty: Formula = 2

type Node =
  | { readonly kind: 'constant'; readonly acceptsEmpty: boolean }
  | { readonly kind: 'read'; readonly members: Uint8Array; readonly rest: number }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly kind: 'not'; readonly part: Formula }
  | Multiple

/** Decimal numbers whose digits so far leave a remainder; `nFraction` is -1 before the point. */
type Multiple = {
  readonly kind: 'multiple'
  readonly of: DecimalStep
  readonly rest: number
  readonly nFraction: number
}

/** A number as a whole one over a power of ten. */
export type DecimalStep = { readonly units: number; readonly nFraction: number }

/** The remainder to be matched: a tree, and a rest after it. Rest 0 matches any text. */
type Rest = { readonly regex: Regex; readonly after: number }

/** The context before the place: the start of the text, a character outside `\w`, or one inside. */
const contexts = { start: 0, other: 1, word: 2 } as const

/** The maximum depth of rests on a way that reads no character: it bounds the recursion. */
const maxDepth = 1_500

/** Thrown when a limit is exceeded; the message is a clause about the patterns. */
export class TooLarge extends Error {}

export class Formulas {
  readonly #alphabet: Alphabet
  readonly #spend: (nSteps: number) => void
  readonly #nodes: Node[] = [
    { kind: 'constant', acceptsEmpty: false },
    { kind: 'constant', acceptsEmpty: true },
    { kind: 'constant', acceptsEmpty: true },
  ]
  readonly #byKey = new Map<string, Formula>()
  readonly #rests: (Rest | undefined)[] = [undefined]
  readonly #restByKey = new Map<string, number>()
  readonly #regexIds = new Map<Regex, number>()
  readonly #repeats = new Map<string, Regex>()
  readonly #closures = new Map<number, Formula>()
  readonly #derivatives = new Map<number, Formula>()
  /** Rests on the way without a character, by their depth on it. */
  readonly #open = new Map<number, number>()
  /** Depth of the outermost open rest that was met again; results found below it are incomplete. */
  #lowest = Number.POSITIVE_INFINITY

  /** @param spend is called with the amount of work, and throws when a limit is exceeded. */
  constructor(alphabet: Alphabet, spend: (nSteps: number) => void) {
    this.#alphabet = alphabet
    this.#spend = spend
  }

  /** The texts in which the tree is found. */
  found(regex: Regex): Formula {
    const here = this.#rest(regex, 0)
    return this.#closure(startsAtStart(regex) ? here : this.#rest(anything, here), contexts.start)
  }

  and(parts: readonly Formula[]): Formula {
    return this.#combine('and', parts, everything, nothing)
  }

  or(parts: readonly Formula[]): Formula {
    return this.#combine('or', parts, nothing, everything)
  }

  not(part: Formula): Formula {
    if (part === nothing) return everything
    if (part === everything) return nothing
    const node = this.#nodes[part]!
    return node.kind === 'not' ? node.part : this.#node(`n${part}`, { kind: 'not', part })
  }

  /**
   * Decimal numbers, without an exponent, that are multiples. The alphabet must keep the digits
   * apart.
   */
  multiple(of: DecimalStep): Formula {
    return this.#multiple({ kind: 'multiple', of, rest: 0, nFraction: -1 })
  }

  acceptsEmpty(formula: Formula): boolean {
    const node = this.#nodes[formula]!
    switch (node.kind) {
      case 'constant':
        return node.acceptsEmpty
      case 'read':
        return false
      case 'and':
        return node.parts.every((part) => this.acceptsEmpty(part))
      case 'or':
        return node.parts.some((part) => this.acceptsEmpty(part))
      case 'not':
        return !this.acceptsEmpty(node.part)
      case 'multiple': {
        const nMissing = node.of.nFraction - Math.max(0, node.nFraction)
        return (node.rest * (10 ** nMissing % node.of.units)) % node.of.units === 0
      }
    }
  }

  derivative(formula: Formula, charClass: number): Formula {
    const key = formula * this.#alphabet.classes.length + charClass
    const known = this.#derivatives.get(key)
    if (known !== undefined) return known
    this.#spend(1)
    const result = this.#derive(this.#nodes[formula]!, formula, charClass)
    this.#derivatives.set(key, result)
    return result
  }

  /**
   * The number of ways of reading a character of the class that lead on, side by side; 2 where that
   * is unknown.
   */
  nWays(formula: Formula, charClass: number): number {
    if (this.derivative(formula, charClass) === nothing) return 0
    const node = this.#nodes[formula]!
    if (node.kind === 'or') return node.parts.reduce((n, part) => n + this.nWays(part, charClass), 0)
    return node.kind === 'read' || formula === everything ? 1 : 2
  }

  #derive(node: Node, formula: Formula, charClass: number): Formula {
    switch (node.kind) {
      case 'constant':
        return formula === everything ? everything : nothing
      case 'read': {
        if (node.members[charClass] === 0) return nothing
        return this.#closure(node.rest, this.#alphabet.isWord[charClass] ? contexts.word : contexts.other)
      }
      case 'and':
        return this.and(node.parts.map((part) => this.derivative(part, charClass)))
      case 'or':
        return this.or(node.parts.map((part) => this.derivative(part, charClass)))
      case 'not':
        return this.not(this.derivative(node.part, charClass))
      case 'multiple':
        return this.#readDigit(node, this.#alphabet.classes[charClass]![0]!.from)
    }
  }

  #readDigit(node: Multiple, codePoint: number): Formula {
    if (codePoint === 0x2d) return this.#multiple(node)
    if (codePoint === 0x2e) return this.#multiple({ ...node, nFraction: 0 })
    if (codePoint < 0x30 || codePoint > 0x39) return nothing
    const digit = codePoint - 0x30
    const isPast = node.nFraction === node.of.nFraction
    if (isPast) return digit === 0 ? this.#multiple(node) : nothing
    const nFraction = node.nFraction < 0 ? -1 : node.nFraction + 1
    return this.#multiple({ ...node, rest: (node.rest * 10 + digit) % node.of.units, nFraction })
  }

  #multiple(node: Multiple): Formula {
    return this.#node(`m${node.of.units}:${node.of.nFraction}:${node.rest}:${node.nFraction}`, node)
  }

  /** The formula of a rest: everything that may be read next, or hold at the end. */
  #closure(rest: number, context: number): Formula {
    if (rest === 0) return everything
    const key = rest * 3 + context
    const known = this.#closures.get(key)
    if (known !== undefined) return known
    const depth = this.#open.get(rest)
    if (depth !== undefined) {
      this.#lowest = Math.min(this.#lowest, depth)
      return nothing // a way around that reads nothing leads nowhere new
    }
    this.#spend(1)
    const here = this.#open.size
    if (here > maxDepth) throw new TooLarge('has too many parts in a row that can be empty')
    this.#open.set(rest, here)
    const result = this.#close(this.#rests[rest]!, context)
    this.#open.delete(rest)
    if (this.#lowest >= here) this.#lowest = Number.POSITIVE_INFINITY
    if (this.#lowest === Number.POSITIVE_INFINITY) this.#closures.set(key, result)
    return result
  }

  #close({ regex, after }: Rest, context: number): Formula {
    switch (regex.kind) {
      case 'set': {
        const members = this.#alphabet.membersOf(regex.ranges)
        return this.#node(`r${this.#idOf(regex)}:${after}`, { kind: 'read', members, rest: after })
      }
      case 'sequence':
        return this.#closure(
          regex.items.reduceRight((rest, item) => this.#rest(item, rest), after),
          context,
        )
      case 'either':
        return this.or(regex.alternatives.map((item) => this.#closure(this.#rest(item, after), context)))
      case 'repeat': {
        if (regex.max === 0) return this.#closure(after, context)
        const more = this.#rest(this.#lessOnce(regex), after)
        const once = this.#closure(this.#rest(regex.item, more), context)
        return regex.min > 0 ? once : this.or([this.#closure(after, context), once])
      }
      case 'start':
        return context === contexts.start ? this.#closure(after, context) : nothing
      case 'end':
        return this.and([onlyEmpty, this.#closure(after, context)])
      case 'lookahead': {
        const item = this.#closure(this.#rest(regex.item, 0), context)
        return this.and([regex.isNegated ? this.not(item) : item, this.#closure(after, context)])
      }
      case 'boundary': {
        const members = Uint8Array.from(this.#alphabet.isWord, Number)
        const wordNext = this.#node('w', { kind: 'read', members, rest: 0 })
        const wantsWord = (context === contexts.word) === regex.isNegated
        return this.and([wantsWord ? wordNext : this.not(wordNext), this.#closure(after, context)])
      }
    }
  }

  #lessOnce(regex: Regex & { readonly kind: 'repeat' }): Regex {
    const { item, min, max } = regex
    if (min === 0 && max === Number.POSITIVE_INFINITY) return regex
    const key = `${this.#idOf(item)}:${min}:${max}`
    const known = this.#repeats.get(key)
    if (known !== undefined) return known
    const less: Regex = { kind: 'repeat', item, min: Math.max(0, min - 1), max: max - 1 }
    this.#repeats.set(key, less)
    return less
  }

  #rest(regex: Regex, after: number): number {
    const key = `${this.#idOf(regex)}:${after}`
    const known = this.#restByKey.get(key)
    if (known !== undefined) return known
    const rest = this.#rests.push({ regex, after }) - 1
    this.#restByKey.set(key, rest)
    return rest
  }

  #idOf(regex: Regex): number {
    const known = this.#regexIds.get(regex)
    if (known !== undefined) return known
    this.#regexIds.set(regex, this.#regexIds.size)
    return this.#regexIds.size - 1
  }

  #combine(kind: 'and' | 'or', parts: readonly Formula[], neutral: Formula, absorbing: Formula): Formula {
    const flat = new Set<Formula>()
    for (const part of parts) {
      const node = this.#nodes[part]!
      if (node.kind === kind) for (const inner of node.parts) flat.add(inner)
      else flat.add(part)
    }
    flat.delete(neutral)
    if (flat.has(absorbing)) return absorbing
    for (const part of flat) {
      const node = this.#nodes[part]!
      if (node.kind === 'not' && flat.has(node.part)) return absorbing
    }
    if (flat.size === 0) return neutral
    if (flat.size === 1) return [...flat][0]!
    this.#spend(flat.size)
    const sorted = [...flat].sort((a, b) => a - b)
    return this.#node(`${kind[0]}${sorted.join(',')}`, { kind, parts: sorted })
  }

  #node(key: string, node: Node): Formula {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const formula = this.#nodes.push(node) - 1
    this.#byKey.set(key, formula)
    return formula
  }
}

/** Whether `^` stands before everything that is read. */
function startsAtStart(regex: Regex): boolean {
  if (regex.kind === 'sequence') return regex.items.length > 0 && startsAtStart(regex.items[0]!)
  return regex.kind === 'either' ? regex.alternatives.every(startsAtStart) : regex.kind === 'start'
}
