// Asks the server to go on with a text, and gives what came once a frame.
import { generate, type TokenProb } from '../api/generation.ts'
import { requestFields } from '../conversation/prompt.ts'
import { settings } from '../settings/settings.ts'

export type Piece = { readonly text: string; readonly probs: readonly TokenProb[] }

/**
 * @param suffix with one, the gap between text and suffix is filled.
 * @throws ApiError, or the AbortError of the signal; what came before was given already.
 */
export async function* continueText(text: string, suffix: string, signal: AbortSignal): AsyncGenerator<Piece> {
  const fields = requestFields(settings())
  const events =
    suffix === ''
      ? generate('completion', { ...fields, prompt: text }, signal)
      : generate('infill', { ...fields, input_prefix: text, input_suffix: suffix }, signal)
  let piece: { text: string; probs: TokenProb[] } = { text: '', probs: [] }
  let shownAt = 0
  try {
    for await (const event of events) {
      if (event.kind !== 'text') continue
      piece.text += event.text
      piece.probs.push(...event.probs)
      if (performance.now() - shownAt < frameMs) continue
      yield piece
      piece = { text: '', probs: [] }
      shownAt = performance.now()
    }
  } finally {
    if (piece.text !== '' || piece.probs.length > 0) yield piece
  }
}

const frameMs = 30
