// Prompts with images: texts and checked images → token ids and rows.
import { createHash } from 'node:crypto'
import { RequestError } from '../../base/errors.ts'
import type { TaskImage } from '../../protocol/image.ts'
import type { PromptChunk } from '../../protocol/image-encoder.ts'
import { EventStream } from '../engine-client/event-stream.ts'
import type { EncodeProgress } from '../image-encoder-client/client.ts'
import type { ImageFile } from '../images/image-file.ts'
import type { PromptPart } from '../images/image-prompt.ts'
import type { ImageInput, Model } from '../model/model.ts'
import type { PromptTokens } from './request-maker.ts'
import { clientGone } from './run.ts'

/** The number of images or tiles of a request that are encoded. */
export type ImagesEvent = { readonly kind: 'images'; readonly nDone: number; readonly nTotal: number }

/** @throws RequestError naming the field, when the server was started without --mmproj. */
export function imageInputFor(field: string, { imageInput }: Model): ImageInput {
  if (imageInput !== undefined) return imageInput
  const message = `Cannot read "${field}": images are not supported: the server was started without --mmproj`
  throw new RequestError('not_supported', message, { param: field })
}

/**
 * Encodes the images, or takes them from the cache, and reports the progress.
 * @returns the prompt, BOS included where it belongs.
 * @throws RequestError naming an image that cannot be used; when the prompt is too long; when the
 *   client has gone away.
 */
export async function* encodePrompt(
  parts: readonly PromptPart<ImageFile>[],
  model: Model,
  signal: AbortSignal,
): AsyncGenerator<ImagesEvent, PromptTokens> {
  const { client } = imageInputFor('image_data', model)
  const maxTokens = model.info.nCtxSlot - model.systemPrompts.current.tokens.length - 1
  const progress = new EventStream<EncodeProgress>()
  const onProgress = (step: EncodeProgress) => progress.push(step)
  const encoded = client.encode({ parts, addSpecial: true, maxTokens }, { signal, onProgress })
  encoded.catch(() => {}).finally(() => progress.end()) // thrown below
  for await (const { nDone, nTotal } of progress) yield { kind: 'images', nDone, nTotal }
  try {
    return promptOf(await encoded)
  } catch (error) {
    throw signal.aborted ? clientGone() : error
  }
}

/** The chunks as one list of ids: negative ones stand for the rows of images. */
function promptOf(chunks: readonly PromptChunk[]): { tokens: number[]; images: TaskImage[] } {
  const tokens: number[] = []
  const images: TaskImage[] = []
  for (const chunk of chunks) {
    if (chunk.kind === 'text') {
      for (const token of chunk.tokens) tokens.push(token)
      continue
    }
    const { key, nTokens, nPos, isNonCausal, positions, embeddings } = chunk
    images.push({ start: tokens.length, nTokens, nPos, isNonCausal, positions, embeddings })
    for (const id of virtualIds(key, nTokens)) tokens.push(id)
  }
  return { tokens, images }
}

/**
 * Ids of an image's rows, 31 bits of hash each: an equal prefix of a prompt is found as with words,
 * and a different image is a different prefix.
 */
function virtualIds(key: string, n: number): number[] {
  const words = createHash('shake256', { outputLength: 4 * n })
    .update(key)
    .digest()
  return Array.from({ length: n }, (_, i) => -1 - (words.readUInt32LE(4 * i) >>> 1))
}
