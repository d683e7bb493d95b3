// What happens to a chat, as every dialect writes it.
import type { TokenProbs } from '../../protocol/event.ts'
import type { ProgressEvent } from '../../protocol/report.ts'
import type { Timings } from '../../protocol/timings.ts'
import type { ImagesEvent } from '../generate/images.ts'
import type { TaskBody } from '../generate/request-maker.ts'
import type { FinishEvent } from '../generate/run.ts'
import type { ChatDelta } from './formats/chat-parser.ts'

export type ChatUsage = {
  /** Tokens of the prompt, cached ones too. */
  readonly nPrompt: number
  readonly nCached: number
  readonly nPredicted: number
  /** How many of these were thought. */
  readonly nReasoning: number
}

export type ChatFinish = {
  readonly kind: 'finish'
  readonly reason: 'stop' | 'length' | 'tool-calls'
  /** The stop string that ended the answer. */
  readonly stopString: string | undefined
  readonly usage: ChatUsage
  readonly timings: Timings
  /** The generation beneath; where `options.verbose` asks for it, with all of its text and tokens. */
  readonly generation: { readonly task: TaskBody; readonly finish: FinishEvent }
}

type ToolStart = { readonly kind: 'tool-start'; readonly index: number; readonly id: string; readonly name: string }

/** `probs` has the tokens that came with a delta, where the request asks for them; `delta` may be empty beside them. */
type Streamed = (Exclude<ChatDelta, { kind: 'tool-start' }> | ToolStart) & {
  readonly probs: readonly TokenProbs[]
  readonly timings: Timings
}

/** `choice` is the place of the answer among those that the request asks for. Each answer ends with one `finish`. */
export type ChoiceEvent = { readonly choice: number } & (ProgressEvent | Streamed | ChatFinish)

export type ChatEvent = ImagesEvent | ChoiceEvent
