/**
 * Checks GBNF grammars before libllama sees them: a bad one becomes a 400 with a line, a column and
 * a reason. Pure: no FFI, no vocabulary, and no matching, which is the work of libllama's own
 * sampler.
 *
 * libllama's parser accepts a checked grammar, and loads it without a crash or a hang. We are
 * stricter on purpose where libllama silently misreads a grammar: see parser.ts and productions.ts.
 * The check does not bound the time of a sampling step: libllama follows every parse of every
 * token, so an ambiguous grammar (`.? .? .? …` twenty times) loads at once and then needs more than
 * 3 s for one token. Source: llama_grammar_parser and llama_grammar_init_impl in
 * src/llama-grammar.cpp, v0.5.0.
 */
import { checkLeftCorners } from './left-corner.ts'
import { defaultGrammarLimits, type GrammarLimits } from './limits.ts'
import { parseSyntax } from './parser.ts'
import { GrammarError, type GrammarProblem, positionAt } from './problem.ts'
import { unroll } from './productions.ts'
import type { Grammar } from './syntax.ts'

export type { GrammarLimits } from './limits.ts'
export { defaultGrammarLimits } from './limits.ts'
export type { GrammarProblem } from './problem.ts'
export { positionAt } from './problem.ts'
export type { CharRange, Element, Grammar, Item, Repetition, Rule, Sequence, TokenReference } from './syntax.ts'

export type GrammarResult =
  | { readonly ok: true; readonly grammar: Grammar }
  | { readonly ok: false; readonly problem: GrammarProblem }

/**
 * Parses and checks a grammar. `grammar.tokens` is left to the caller, who has a vocabulary: an id
 * must be below its size (else it never matches), a text must be exactly one token (else libllama
 * refuses the grammar), and neither may end the generation (else it never matches, since libllama
 * allows such a token only where the grammar ends).
 * @param source GBNF. The empty string is a problem here (no `root`), though libllama takes it for
 *   "no grammar".
 */
export function parseGrammar(source: string, limits?: Partial<GrammarLimits>): GrammarResult {
  const allLimits = { ...defaultGrammarLimits, ...limits }
  try {
    const grammar = parseSyntax(source, allLimits)
    checkLeftCorners(unroll(grammar, allLimits), allLimits)
    return { ok: true, grammar }
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    return { ok: false, problem: { ...positionAt(source, error.at), message: error.message } }
  }
}
