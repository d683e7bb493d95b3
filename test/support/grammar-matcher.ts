// Whether a grammar matches a text: a slow and obvious twin of libllama's matcher, over whole
// texts.
import type { CharRange, Element, Grammar, Item, Sequence } from '../../src/grammar/gbnf.ts'

type Ends = ReadonlySet<number>

export class GrammarMatcher {
  readonly #rules: ReadonlyMap<string, readonly Sequence[]>
  #chars: readonly number[] = []
  readonly #known = new Map<object, Map<number, Ends>>()

  constructor(grammar: Grammar) {
    this.#rules = new Map(grammar.rules.map(({ name, alternatives }) => [name, alternatives]))
  }

  matches(text: string): boolean {
    this.#chars = Array.from(text, (char) => char.codePointAt(0)!)
    this.#known.clear()
    return this.#alternatives(this.#rules.get('root')!, 0).has(this.#chars.length)
  }

  /** All places where a match that begins at a place may end. */
  #alternatives(alternatives: readonly Sequence[], at: number): Ends {
    let known = this.#known.get(alternatives)
    if (known === undefined) {
      known = new Map()
      this.#known.set(alternatives, known)
    }
    const ends = known.get(at)
    if (ends !== undefined) return ends
    const result = new Set<number>()
    for (const sequence of alternatives) {
      let places: Ends = new Set([at])
      for (const item of sequence) {
        places = union([...places].map((place) => this.#item(item, item.repetitions.length, place)))
        if (places.size === 0) break
      }
      for (const place of places) result.add(place)
    }
    known.set(at, result)
    return result
  }

  #item(item: Item, nRepetitions: number, at: number): Ends {
    const repetition = item.repetitions[nRepetitions - 1]
    if (repetition === undefined) return this.#element(item.element, at)
    const result = new Set<number>()
    let places: Ends = new Set([at])
    for (let n = 0; n <= repetition.max && places.size > 0; n++) {
      if (n >= repetition.min) {
        const before = result.size
        for (const place of places) result.add(place)
        if (n > repetition.min && result.size === before) break
      }
      places = union([...places].map((place) => this.#item(item, nRepetitions - 1, place)))
    }
    return result
  }

  #element(element: Element, at: number): Ends {
    switch (element.kind) {
      case 'reference':
        return this.#alternatives(this.#rules.get(element.name)!, at)
      case 'group':
        return this.#alternatives(element.alternatives, at)
      case 'literal':
        return element.codePoints.every((codePoint, i) => this.#chars[at + i] === codePoint)
          ? new Set([at + element.codePoints.length])
          : new Set()
      case 'any':
        return at < this.#chars.length ? new Set([at + 1]) : new Set()
      case 'class': {
        const char = this.#chars[at]
        const isIn = char !== undefined && isInside(element.ranges, char) !== element.negated
        return isIn ? new Set([at + 1]) : new Set()
      }
      default:
        throw new Error('tokens have no text here')
    }
  }
}

function isInside(ranges: readonly CharRange[], char: number): boolean {
  return ranges.some(({ from, to }) => from <= char && char <= to)
}

function union(sets: readonly Ends[]): Ends {
  return sets.length === 1 ? sets[0]! : new Set(sets.flatMap((set) => [...set]))
}
