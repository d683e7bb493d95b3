// Who chooses the next token of a sequence. `Sampler` in src/engine/sampling/ does it by a model's logits, tests without a model.
import type { PromptTokenProbs } from '../../protocol/event.ts'
import type { GenerationTask } from '../../protocol/task.ts'
import type { NewToken } from './settle.ts'

/** The next token; or, where choosing it takes long, what goes on with that. Steps of other sequences may come between. */
export type Choosing = NewToken | (() => Choosing)

export interface TokenSampler {
  /**
   * @param row of the last decode whose logits are meant.
   * @throws RequestError when the request leaves no token to choose; so may what goes on.
   */
  sample(row: number): Choosing
  /** How likely the model holds a token of the prompt, by the row before it, beside the `nTop` likeliest. */
  judge(row: number, token: number, nTop: number): PromptTokenProbs
  free(): void
}

/**
 * @returns a promise where making it takes long, beside the steps of others.
 * @throws RequestError when the request cannot be sampled, for a grammar that cannot be read, say.
 */
export type MakeSampler = (task: GenerationTask) => TokenSampler | Promise<TokenSampler>
