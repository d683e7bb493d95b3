// Applies a new token to its sequence: the text to send, and whether a rule ends the generation
// here.
import type { FinishReason, GenerationEvent, TokenProbs } from '../../protocol/event.ts'
import type { Sequence } from './sequence.ts'
import type { Released } from './text/text-stream.ts'

export type NewToken = {
  readonly token: number
  readonly piece: Uint8Array
  readonly isEndOfGeneration: boolean
  readonly probs: TokenProbs | undefined
}

/**
 * Appends the token to its sequence.
 * @param nCtx tokens of context of the slot.
 * @returns the event to send, if any; the last one of the sequence when `event.kind` is `finish`.
 */
export function settleToken(
  sequence: Sequence,
  slotId: number,
  next: NewToken,
  nCtx: number,
  nowMs: number,
): GenerationEvent | undefined {
  sequence.append(next.token, nowMs)
  if (next.isEndOfGeneration) return finish(sequence, slotId, 'eos')
  const released = sequence.text.push(next.token, next.piece, next.probs)
  if (sequence.text.stoppingWord !== undefined) return finish(sequence, slotId, 'word', released)
  const shallow = sequence.lines.push(released.text)
  if (shallow !== undefined) {
    sequence.text.finish() // withheld text comes after the line that ends the generation
    return finish(sequence, slotId, 'limit', { ...released, text: released.text.slice(0, shallow) })
  }
  const { tMaxPredictMs } = sequence.task
  const isLate = tMaxPredictMs > 0 && sequence.timings().predictedMs > tMaxPredictMs
  if (isLate && released.text.includes('\n')) return finish(sequence, slotId, 'limit', released)
  if (sequence.task.whenContextFull === 'stop' && sequence.tokens.length >= nCtx) {
    sequence.isTruncated = true
    return finish(sequence, slotId, 'limit', released)
  }
  const { nPredict } = sequence.task
  const isOver = nPredict >= 0 && sequence.nPredicted >= nPredict
  const mayFinishCharacter = sequence.text.isInsideCharacter && sequence.nPredicted < nPredict + 3
  if (isOver && !mayFinishCharacter) return finish(sequence, slotId, 'limit', released)
  if (released.text === '' && released.tokens.length === 0) return undefined
  return { kind: 'text', taskId: sequence.task.taskId, slotId, timings: sequence.timings(), ...generated(released) }
}

/** The last event of a sequence that a rule ended. */
export function finish(
  sequence: Sequence,
  slotId: number,
  reason: FinishReason,
  released: Released<TokenProbs | undefined> = { text: '', tokens: [] },
): GenerationEvent {
  const rest = sequence.text.finish()
  const all = { text: released.text + rest.text, tokens: [...released.tokens, ...rest.tokens] }
  return {
    kind: 'finish',
    taskId: sequence.task.taskId,
    slotId,
    reason,
    stoppingWord: sequence.text.stoppingWord ?? '',
    nPromptTokens: sequence.nPrompt,
    nPast: sequence.nComputed,
    truncated: sequence.isTruncated,
    timings: sequence.timings(),
    ...generated(all),
  }
}

function generated(released: Released<TokenProbs | undefined>) {
  return {
    text: released.text,
    tokens: released.tokens.map(({ token }) => token),
    probs: released.tokens.flatMap(({ extra }) => extra ?? []),
  }
}
