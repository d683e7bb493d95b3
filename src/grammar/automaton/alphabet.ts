// Groups code points into classes that every set of the given regular expressions treats alike:
// automata step by classes.
import { wordChars } from './character-classes.ts'
import { type CodePoints, everyCodePoint, lastCodePoint, normalize, subtract } from './code-points.ts'
import type { Regex } from './regex.ts'

/** Half a surrogate pair is not a character: no text contains one. */
const characters = subtract(everyCodePoint, [{ from: 0xd800, to: 0xdfff }])

export class Alphabet {
  /** The code points of each class, by its number. */
  readonly classes: readonly (readonly CodePoints[])[]
  /** Whether the characters of a class are those of `\w`; needed only for word boundaries. */
  readonly isWord: readonly boolean[]
  readonly hasBoundaries: boolean
  readonly #members = new Map<readonly CodePoints[], Uint8Array>()

  constructor(regexes: readonly Regex[]) {
    const sets = new Set<readonly CodePoints[]>([characters, everyCodePoint])
    this.hasBoundaries = regexes.map((regex) => collectSets(regex, sets)).includes(true)
    if (this.hasBoundaries) sets.add(wordChars)
    this.classes = this.#split([...sets])
    this.isWord = this.classes.map((_, i) => this.hasBoundaries && this.#members.get(wordChars)![i] === 1)
  }

  /**
   * @returns for each class 1 where it lies in the set, which is one of the regular expressions'.
   */
  membersOf(set: readonly CodePoints[]): Uint8Array {
    return this.#members.get(set)!
  }

  /** @returns -1 for half a surrogate pair. */
  classOf(codePoint: number): number {
    return this.classes.findIndex((ranges) => ranges.some(({ from, to }) => from <= codePoint && codePoint <= to))
  }

  #split(sets: readonly (readonly CodePoints[])[]): CodePoints[][] {
    type Edge = { readonly at: number; readonly set: number; readonly isStart: boolean }
    const edges: Edge[] = []
    for (const [set, ranges] of sets.entries()) {
      for (const { from, to } of normalize(ranges)) {
        edges.push({ at: from, set, isStart: true }, { at: to + 1, set, isStart: false })
      }
    }
    edges.sort((a, b) => a.at - b.at)
    const inside = new Uint8Array(sets.length)
    const byMembers = new Map<string, { ranges: CodePoints[]; inside: Uint8Array }>()
    for (let i = 0; i < edges.length; ) {
      const from = edges[i]!.at
      for (; i < edges.length && edges[i]!.at === from; i++) inside[edges[i]!.set] = edges[i]!.isStart ? 1 : 0
      const to = (edges[i]?.at ?? lastCodePoint + 1) - 1
      if (inside[0] !== 1 || from > to) continue // the first set is that of all characters
      const key = inside.join('')
      const known = byMembers.get(key)
      if (known === undefined) byMembers.set(key, { ranges: [{ from, to }], inside: inside.slice() })
      else known.ranges.push({ from, to })
    }
    const classes = [...byMembers.values()]
    for (const [i, set] of sets.entries())
      this.#members.set(
        set,
        Uint8Array.from(classes, (c) => c.inside[i]!),
      )
    return classes.map(({ ranges }) => normalize(ranges))
  }
}

/** Adds the sets of a tree. @returns whether it looks for a word boundary. */
function collectSets(regex: Regex, sets: Set<readonly CodePoints[]>): boolean {
  switch (regex.kind) {
    case 'set':
      sets.add(regex.ranges)
      return false
    case 'sequence':
      return regex.items.map((item) => collectSets(item, sets)).includes(true)
    case 'either':
      return regex.alternatives.map((item) => collectSets(item, sets)).includes(true)
    case 'repeat':
    case 'lookahead':
      return collectSets(regex.item, sets)
    default:
      return regex.kind === 'boundary'
  }
}
