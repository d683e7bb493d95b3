// Texts and pictures in, chunks of tokens and rows out, a step at a time so that others may speak between. Knows no process.
import { RequestError } from '../base/errors.ts'
import { Bitmap } from '../llama/mtmd/bitmap.ts'
import type { Chunks } from '../llama/mtmd/chunks.ts'
import type { Projector, PromptPart } from '../llama/mtmd/projector.ts'
import type { PromptChunk, VisionPart, VisionPrompt } from '../protocol/image-encoder.ts'
import type { EmbeddingCache } from './embedding-cache.ts'
import { turnedPixels } from './turned-pixels.ts'

type PicturePart = Extract<VisionPart, { readonly picture: unknown }>

/**
 * Encodes a prompt; yields how far it is before each image or tile that has to be computed, and returns the chunks.
 * @throws RequestError 400 when a picture cannot be decoded or encoded, or the prompt is too long.
 */
export function* encodePrompt(
  projector: Projector,
  cache: EmbeddingCache,
  { parts, addSpecial, maxTokens }: VisionPrompt,
): Generator<{ readonly nDone: number; readonly nTotal: number }, PromptChunk[]> {
  const pictures = parts.filter((part): part is PicturePart => 'picture' in part)
  const bitmaps = new Map<string, Bitmap>()
  let chunks: Chunks | undefined
  try {
    for (const { picture } of pictures) {
      if (!bitmaps.has(picture.sha256)) bitmaps.set(picture.sha256, decode(projector, picture))
    }
    chunks = projector.tokenize(
      parts.map((part) => promptPart(part, bitmaps)),
      addSpecial,
    )
    if (chunks === undefined) throw refusal(pictures[0], 'cannot be cut into tokens by this model')
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
  const keys = imageKeys(list.flatMap((chunk) => (chunk.kind === 'image' ? [chunk.pictureId] : [])))
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
        throw new RequestError('invalid_request', 'A picture cannot be encoded by this model')
      cache.set(key, embeddings)
    }
    nDone++
    const { pointer: _, pictureId: __, ...shape } = chunk
    out.push({ ...shape, key, embeddings })
  }
  return out
}

/**
 * A key for each image chunk: its picture's hash and its place in it, since a picture may be cut into tiles. Of two equal
 * pictures side by side the second goes on counting: another key for the same rows, never the same key for others.
 * @param pictureIds of the chunks in their order.
 */
export function imageKeys(pictureIds: readonly string[]): string[] {
  let place = 0
  return pictureIds.map((id, i) => {
    place = id === pictureIds[i - 1] ? place + 1 : 0
    return `${id}#${place}`
  })
}

function checkLength({ list }: Chunks, maxTokens: number): void {
  const nTokens = list.reduce((n, chunk) => n + (chunk.kind === 'text' ? chunk.tokens.length : chunk.nTokens), 0)
  if (nTokens <= maxTokens) return
  const message =
    `the request exceeds the available context size: the prompt has ${nTokens} tokens with its pictures, ` +
    `a slot holds ${maxTokens}; try a larger -c`
  throw new RequestError('exceed_context_size', message, { n_prompt_tokens: nTokens, n_ctx: maxTokens })
}

function decode(projector: Projector, picture: PicturePart['picture']): Bitmap {
  const bitmap = Bitmap.decode(projector, picture.bytes)
  if (bitmap === undefined) throw refusal({ picture }, 'is broken, or of a kind that cannot be decoded')
  const { orientation } = picture
  return orientation === 1 ? bitmap : bitmap.replaced((pixels) => turnedPixels(pixels, orientation))
}

function promptPart(part: VisionPart, bitmaps: ReadonlyMap<string, Bitmap>): PromptPart {
  if ('text' in part) return { text: part.text, parseSpecial: true }
  return { bitmap: bitmaps.get(part.picture.sha256)! }
}

function refusal(part: PicturePart | undefined, rule: string): RequestError {
  const name = part?.picture.name ?? 'prompt'
  return new RequestError('invalid_request', `Cannot read "${name}": the picture ${rule}`, { param: name })
}
