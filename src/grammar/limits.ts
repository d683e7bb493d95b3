/**
 * Limits on the size of a grammar. The defaults were measured against libllama v0.5.0 with an 8 MiB
 * stack.
 */

export type GrammarLimits = {
  /** UTF-8 bytes of source. */
  readonly sourceBytes: number
  /**
   * Parentheses inside parentheses. libllama's parser recurses on them and overflows between 4000
   * and 8000.
   */
  readonly nestingDepth: number
  /**
   * Elements after unrolling, 8 bytes each in every copy libllama holds; a generated rule counts 16
   * and its name.
   */
  readonly unrolledElements: number
  /**
   * Rules that can start one inside the other. libllama recurses on them and overflows between
   * 15000 and 20000.
   */
  readonly leftmostDepth: number
  /**
   * Calls of libllama's left recursion search, which revisits rules that it has already cleared: 20
   * ns each.
   */
  readonly leftmostCalls: number
  /**
   * Stacks libllama may open when it enters one rule. It compares each with every other, for every
   * character: 1 s at 16,000, 65 ms here, and no other request is sampled meanwhile.
   */
  readonly openStacks: number
  /** Entries of those stacks together, 8 bytes each. */
  readonly openStackEntries: number
}

export const defaultGrammarLimits: GrammarLimits = {
  sourceBytes: 256 * 1024,
  nestingDepth: 256,
  unrolledElements: 2_000_000,
  leftmostDepth: 4096,
  leftmostCalls: 10_000_000,
  openStacks: 4_096,
  openStackEntries: 2_000_000,
}

/**
 * The maximum number of repetitions of one item, and of one item times the repetitions inside it:
 * libllama's own constant.
 */
export const maxRepetitions = 2000
