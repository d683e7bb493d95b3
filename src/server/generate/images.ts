// Prompts with pictures: texts and checked pictures → token ids and rows. What all dialects share of it.
import { createHash } from 'node:crypto'
import { RequestError } from '../../base/errors.ts'
import type { TaskImage } from '../../protocol/task.ts'
import type { PromptChunk } from '../../protocol/vision.ts'
import { EventStream } from '../engine-client/event-stream.ts'
import { errorJson, toRequestError } from '../http/errors.ts'
import type { Answer } from '../http/handler.ts'
import type { ImageUrlOptions } from '../images/image-url.ts'
import type { MediaPart } from '../images/media-prompt.ts'
import type { Picture } from '../images/picture.ts'
import type { Services } from '../model/model.ts'
import type { VisionClient, VisionProgress } from '../vision-client/vision-client.ts'
import type { PromptTokens } from './request-maker.ts'

/** A server that sees: the process that encodes, and what pictures it takes. */
export type Vision = { readonly client: VisionClient; readonly limits: ImageUrlOptions }

/** @throws RequestError (501) that names the field, when the server was started without --mmproj. */
export function visionFor(field: string, { vision }: Pick<Services, 'vision'>): Vision {
  if (vision !== undefined) return vision
  const message = `Cannot read "${field}": this server has no eyes; it was started without --mmproj`
  throw new RequestError('not_supported', message, { param: field })
}

/**
 * Encodes the pictures, or takes them from the cache; says how far it is on the way.
 * @returns the prompt, BOS included where it belongs.
 * @throws RequestError naming a picture that cannot be used; when the prompt is too long; when the client has gone.
 */
export async function* encodePrompt(
  parts: readonly MediaPart<Picture>[],
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<VisionProgress, PromptTokens> {
  const { client } = visionFor('image_data', services)
  const maxTokens = services.engine.info.nCtxSlot - services.systemPrompts.current.tokens.length - 1
  const progress = new EventStream<VisionProgress>()
  const onProgress = (step: VisionProgress) => progress.push(step)
  const encoded = client.encode({ parts, addSpecial: true, maxTokens }, { signal, onProgress })
  encoded.catch(() => {}).finally(() => progress.end()) // thrown below
  yield* progress
  try {
    return promptOf(await encoded)
  } catch (error) {
    throw signal.aborted ? new RequestError('unavailable', 'The client has gone') : error
  }
}

/** `image_progress` is put into an event as the route's clients know them. */
export type ImageProgressJson = {
  readonly image_progress: { readonly processed: number; readonly total: number }
}

/**
 * Prepares the prompts, then answers. A stream that asked for progress is told of the encoding as it goes.
 * @param toEvent makes an event of the route's own kind, which says nothing else.
 * @param answer given what was prepared; of a stream when `fields.stream`.
 */
export async function withPrompts<P>(
  preparing: AsyncGenerator<VisionProgress, P>,
  fields: { readonly stream: boolean; readonly returnProgress: boolean },
  toEvent: (progress: ImageProgressJson) => unknown,
  answer: (prompts: P) => Promise<Answer> | Answer,
): Promise<Answer> {
  const first = await preparing.next() // what is wrong with a request shows here, in most cases
  if (first.done) return answer(first.value)
  if (!fields.stream || !fields.returnProgress) return answer(await prepared(preparing))
  async function* events(): AsyncGenerator<unknown> {
    let next = first
    for (; !next.done; next = await preparing.next()) {
      yield toEvent({ image_progress: { processed: next.value.nDone, total: next.value.nTotal } })
    }
    const answered = await answer(next.value)
    if ('events' in answered) yield* answered.events
  }
  return { events: events(), errorEvent: (error) => errorJson(toRequestError(error)) }
}

/** Prompts for a route that tells no progress. */
export async function prepared<P>(preparing: AsyncGenerator<unknown, P>): Promise<P> {
  for (;;) {
    const next = await preparing.next()
    if (next.done) return next.value
  }
}

/** The chunks as one list of ids: negative ones stand for the rows of images. */
export function promptOf(chunks: readonly PromptChunk[]): { tokens: number[]; images: TaskImage[] } {
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

/** Ids of an image's rows, 31 bits of hash each: an equal prefix of a prompt is found as with words, and another image is another prefix. */
export function virtualIds(key: string, n: number): number[] {
  const words = createHash('shake256', { outputLength: 4 * n })
    .update(key)
    .digest()
  return Array.from({ length: n }, (_, i) => -1 - (words.readUInt32LE(4 * i) >>> 1))
}
