// The events of a chat, from which every dialect writes its answer.
import type { TokenProbs } from '../../protocol/event.ts'
import type { ProgressEvent } from '../../protocol/report.ts'
import type { Timings } from '../../protocol/timings.ts'
import type { ImagesEvent } from '../generate/images.ts'
import type { TaskBody } from '../generate/request-maker.ts'
import type { FinishEvent } from '../generate/run.ts'
import type { ChatDelta } from './formats/chat-parser.ts'

export type ChatUsage = {
  /** Tokens of the prompt, including cached ones. */
  readonly nPrompt: number
  readonly nCached: number
  readonly nPredicted: number
  /** The number of these that are reasoning. */
  readonly nReasoning: number
}

export type ChatFinish = {
  readonly kind: 'finish'
  readonly reason: 'stop' | 'length' | 'tool-calls'
  /** The stop string that ended the answer. */
  readonly stopString: string | undefined
  readonly usage: ChatUsage
  readonly timings: Timings
  /**
   * The underlying generation; if `options.verbose` asks for it, with all of its text and tokens.
   */
  readonly generation: { readonly task: TaskBody; readonly finish: FinishEvent }
}

type ToolStart = { readonly kind: 'tool-start'; readonly index: number; readonly id: string; readonly name: string }

/**
 * `probs` has the tokens that came with a delta, if the request asks for them; `delta` may be empty
 * beside them.
 */
type Streamed = (Exclude<ChatDelta, { kind: 'tool-start' }> | ToolStart) & {
  readonly probs: readonly TokenProbs[]
  readonly timings: Timings
}

/**
 * `choice` is the index of the answer among those requested. Each answer ends with one `finish`.
 */
export type ChoiceEvent = { readonly choice: number } & (ProgressEvent | Streamed | ChatFinish)

export type ChatEvent = ImagesEvent | ChoiceEvent
