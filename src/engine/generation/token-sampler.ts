// Who chooses the next token of a sequence. `Sampler` in src/engine/sampling/ does it by a model's logits, tests without a model.
import type { GenerationTask } from '../../protocol/task.ts'
import type { NewToken } from './settle.ts'

export interface TokenSampler {
  /**
   * @param row of the last decode whose logits are meant.
   * @throws RequestError when the request leaves no token to choose.
   */
  sample(row: number): NewToken
  free(): void
}

/** @throws RequestError when the request cannot be sampled, for a grammar that cannot be read, say. */
export type MakeSampler = (task: GenerationTask) => TokenSampler
