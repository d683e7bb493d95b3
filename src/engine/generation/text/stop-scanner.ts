// Finds stop strings in text that arrives in deltas, and withholds a tail that may become one. The
// time for a delta depends only on its length, however many stop strings there are: the text runs
// through one automaton of all of them. Source: Aho and Corasick, "Efficient String Matching"
// (1975).

export type Scanned = {
  /** The length of the text so far that is safe to show, in UTF-16 units from the start. */
  readonly safeEnd: number
  /** The stop string that was found; the text ends before it. */
  readonly word: string | undefined
}

/** If the end of the text is a prefix of a stop string, the longest such prefix. */
type State = {
  readonly depth: number
  readonly next: Map<number, State>
  /** The longest proper suffix of this prefix that is a prefix of a stop string. */
  fail: State | undefined
  /** The longest stop string that ends here. */
  word: string | undefined
}

export class StopScanner {
  readonly #words: readonly string[]
  /** Made when the first text arrives: many tasks never get so far. */
  #state: State | undefined
  /** Length of all text so far. */
  #end = 0

  /** @param words stop strings; empty ones are never found. */
  constructor(words: readonly string[]) {
    this.#words = words.filter((word) => word !== '')
  }

  /** @param text the next delta; nothing may be pushed after a stop string was found. */
  push(text: string): Scanned {
    const start = this.#end
    this.#end += text.length
    if (this.#words.length === 0) return { safeEnd: this.#end, word: undefined }
    let state = this.#state ?? automaton(this.#words)
    let best: { readonly start: number; readonly word: string } | undefined
    for (let i = 0; i < text.length; i++) {
      state = follow(state, text.charCodeAt(i))
      const { word } = state
      if (word === undefined) continue
      const wordStart = start + i + 1 - word.length
      // the stop string that begins first; of two at the same place the longer one, which ends
      // later
      if (best === undefined || wordStart <= best.start) best = { start: wordStart, word }
    }
    this.#state = state
    return best === undefined
      ? { safeEnd: this.#end - state.depth, word: undefined }
      : { safeEnd: best.start, word: best.word }
  }
}

/** The state before any text. */
function automaton(words: readonly string[]): State {
  const root: State = { depth: 0, next: new Map(), fail: undefined, word: undefined }
  for (const word of words) {
    let state = root
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i)
      let next = state.next.get(unit)
      if (next === undefined) {
        next = { depth: i + 1, next: new Map(), fail: undefined, word: undefined }
        state.next.set(unit, next)
      }
      state = next
    }
    state.word = word
  }
  linkStates(root)
  return root
}

/**
 * Gives each state its `fail`, shorter ones first, and the word of that state if it has none of its
 * own.
 */
function linkStates(root: State): void {
  let level: readonly State[] = [root]
  while (level.length > 0) {
    const nextLevel: State[] = []
    for (const state of level) {
      for (const [unit, next] of state.next) {
        next.fail = state.fail === undefined ? root : follow(state.fail, unit)
        next.word ??= next.fail.word
        nextLevel.push(next)
      }
    }
    level = nextLevel
  }
}

function follow(from: State, unit: number): State {
  let state: State | undefined = from
  while (state !== undefined) {
    const next = state.next.get(unit)
    if (next !== undefined) return next
    if (state.fail === undefined) return state
    state = state.fail
  }
  return from
}
