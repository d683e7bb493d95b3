// Asks the server to go on with a text, and gives what came once a frame.
import { generate, type TokenProb } from '../api/generation.ts'
import type { Progress } from '../chat/phase-line.tsx'
import { requestFields } from '../conversation/prompt.ts'
import type { Shape } from '../settings/settings.ts'

/** What came since the last piece, and how far the whole is. */
export type Piece = { readonly text: string; readonly probs: readonly TokenProb[]; readonly progress: Progress }

const frameMs = 30

/**
 * @param suffix with one, the gap between text and suffix is filled.
 * @throws ApiError, or the AbortError of the signal; what came before was given already.
 */
export async function* continueText(
  shape: Shape,
  text: string,
  suffix: string,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const fields = await requestFields(shape)
  const events =
    suffix === ''
      ? generate('completion', { ...fields, prompt: text }, signal)
      : generate('infill', { ...fields, input_prefix: text, input_suffix: suffix }, signal)
  let progress: Progress = { phase: { kind: 'waiting' }, firstTokenAt: undefined, nTokens: 0 }
  let waiting: { text: string; probs: TokenProb[] } = { text: '', probs: [] }
  let shownAt = 0
  const take = (): Piece => {
    const piece = { ...waiting, progress }
    waiting = { text: '', probs: [] }
    shownAt = performance.now()
    return piece
  }
  yield take()
  try {
    for await (const event of events) {
      if (event.kind === 'end' || event.kind === 'tool-call') continue
      const isFirst = progress.phase.kind !== 'writing'
      if (event.kind === 'text') {
        const { nTokens, firstTokenAt = performance.now() } = progress
        progress = { phase: { kind: 'writing' }, firstTokenAt, nTokens: nTokens + 1 }
        waiting.text += event.text
        waiting.probs.push(...event.probs)
      } else progress = { ...progress, phase: event }
      if (isFirst || performance.now() - shownAt >= frameMs) yield take()
    }
  } finally {
    if (waiting.text !== '' || waiting.probs.length > 0) yield take()
  }
}
