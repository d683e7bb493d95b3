// Chooses the next token of a sequence. `Sampler` in src/engine/sampling/ does so by a model's
// logits, tests without a model.
import type { PromptTokenProbs } from '../../protocol/event.ts'
import type { GenerationTask } from '../../protocol/task.ts'
import type { NewToken } from './settle.ts'

/**
 * The next token or, if choosing it takes long, the continuation of the choice. Steps of other
 * sequences may come between.
 */
export type Choosing = NewToken | (() => Choosing)

export interface TokenSampler {
  /**
   * @param row the row of the last decode whose logits are used.
   * @throws RequestError when the request leaves no token to choose; a continuation may throw it,
   *   too.
   */
  sample(row: number): Choosing
  /**
   * The probability of a token of the prompt, from the row before it, beside the `nTop` likeliest
   * tokens.
   */
  judge(row: number, token: number, nTop: number): PromptTokenProbs
  /** Whether random numbers are drawn: then a choice depends on the draws before. */
  readonly draws: boolean
  /**
   * Takes a token that was chosen in an earlier engine, as if it had been chosen here.
   * @param row of the logits that it was chosen from, for samplers that draw.
   * @returns its piece.
   * @throws RequestError when it cannot follow.
   */
  retake(token: number, row?: number): Uint8Array
  free(): void
}

/**
 * @returns a promise when making it takes long, beside the steps of others.
 * @throws RequestError when the request cannot be sampled, for example because its grammar cannot
 *   be read.
 */
export type MakeSampler = (task: GenerationTask) => TokenSampler | Promise<TokenSampler>
