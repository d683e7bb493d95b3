// Texts and images in, chunks of tokens and rows out, a step at a time, so messages can be handled
// in between. Knows no process.
import { RequestError } from '../base/errors.ts'
import { Bitmap } from '../llama/mtmd/bitmap.ts'
import type { Chunks } from '../llama/mtmd/chunks.ts'
import type { Projector, PromptPart } from '../llama/mtmd/projector.ts'
import type { ImagePrompt, ImagePromptPart, PromptChunk } from '../protocol/image-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import { turnedPixels } from './turned-pixels.ts'

type ImagePart = Extract<ImagePromptPart, { readonly image: unknown }>

/**
 * Encodes a prompt; yields the progress before each image or tile that has to be computed, and
 * returns the chunks.
 * @throws RequestError 400 when an image cannot be decoded or encoded, or the prompt is too long.
 */
export function* encodePrompt(
  projector: Projector,
  cache: EmbeddingCache,
  { parts, addSpecial, maxTokens }: ImagePrompt,
): Generator<{ readonly nDone: number; readonly nTotal: number }, PromptChunk[]> {
  const images = parts.filter((part): part is ImagePart => 'image' in part)
  const bitmaps = new Map<string, Bitmap>()
  let chunks: Chunks | undefined
  try {
    for (const { image } of images) {
      if (!bitmaps.has(image.sha256)) bitmaps.set(image.sha256, decode(projector, image))
    }
    chunks = projector.tokenize(
      parts.map((part) => promptPart(part, bitmaps)),
      addSpecial,
    )
    if (chunks === undefined) throw refusal(images[0], 'cannot be cut into tokens by this model')
    checkLength(chunks, maxTokens)
    return yield* encodeChunks(projector, cache, chunks)
  } finally {
    chunks?.free()
    for (const bitmap of bitmaps.values()) bitmap.free()
  }
}

function* encodeChunks(
  projector: Projector,
  cache: EmbeddingCache,
  { list }: Chunks,
): Generator<{ readonly nDone: number; readonly nTotal: number }, PromptChunk[]> {
  const out: PromptChunk[] = []
  const keys = imageKeys(list.flatMap((chunk) => (chunk.kind === 'image' ? [chunk.imageId] : [])))
  let nDone = 0
  for (const chunk of list) {
    if (chunk.kind === 'text') {
      out.push(chunk)
      continue
    }
    const key = keys[nDone]!
    let embeddings = cache.get(key)
    if (embeddings === undefined) {
      yield { nDone, nTotal: keys.length }
      embeddings = projector.encode(chunk)
      if (embeddings === undefined)
        throw new RequestError('invalid_request', 'An image cannot be encoded by this model')
      cache.set(key, embeddings)
    }
    nDone++
    const { pointer: _, imageId: __, ...shape } = chunk
    out.push({ ...shape, key, embeddings })
  }
  return out
}

/**
 * A key for each image chunk: its image's hash and its index within the image, since an image may
 * be cut into tiles. Where two equal images stand side by side, the second continues the count:
 * another key for the same rows, never the same key for other rows.
 * @param imageIds of the chunks in their order.
 */
export function imageKeys(imageIds: readonly string[]): string[] {
  let place = 0
  return imageIds.map((id, i) => {
    place = id === imageIds[i - 1] ? place + 1 : 0
    return `${id}#${place}`
  })
}

function checkLength({ list }: Chunks, maxTokens: number): void {
  const nTokens = list.reduce((n, chunk) => n + (chunk.kind === 'text' ? chunk.tokens.length : chunk.nTokens), 0)
  if (nTokens <= maxTokens) return
  const message =
    `the request exceeds the available context size: the prompt has ${nTokens} tokens with its images, ` +
    `a slot holds ${maxTokens}; try a larger -c`
  throw new RequestError('exceed_context_size', message, { n_prompt_tokens: nTokens, n_ctx: maxTokens })
}

function decode(projector: Projector, image: ImagePart['image']): Bitmap {
  const bitmap = Bitmap.decode(projector, image.bytes)
  if (bitmap === undefined) throw refusal({ image }, 'is broken, or of a kind that cannot be decoded')
  const { orientation } = image
  return orientation === 1 ? bitmap : bitmap.replaced((pixels) => turnedPixels(pixels, orientation))
}

function promptPart(part: ImagePromptPart, bitmaps: ReadonlyMap<string, Bitmap>): PromptPart {
  if ('text' in part) return { text: part.text, parseSpecial: true }
  return { bitmap: bitmaps.get(part.image.sha256)! }
}

function refusal(part: ImagePart | undefined, rule: string): RequestError {
  const name = part?.image.name ?? 'prompt'
  return new RequestError('invalid_request', `Cannot read "${name}": the image ${rule}`, { param: name })
}
