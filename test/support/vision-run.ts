/**
 * One greedy answer about pictures through the FFI alone: tokenize, encode, decode, take the
 * likeliest token. No scheduler, no server.
 */
import { Context } from '../../src/llama/context.ts'
import { Model } from '../../src/llama/model.ts'
import { Bitmap } from '../../src/llama/mtmd/bitmap.ts'
import type { Chunk } from '../../src/llama/mtmd/chunks.ts'
import { Projector, type PromptPart } from '../../src/llama/mtmd/projector.ts'

const contextOptions = {
  nCtxSeq: 2048,
  nSeqMax: 1,
  kvUnified: false,
  nBatch: 512,
  nThreads: 2,
  nThreadsBatch: 2,
  nUbatch: 512,
  typeK: 'f16',
  typeV: 'f16',
  flashAttn: 'auto',
  rope: {
    scaling: undefined,
    freqBase: undefined,
    freqScale: undefined,
    yarnOrigCtx: undefined,
    yarnExtFactor: undefined,
    yarnAttnFactor: undefined,
    yarnBetaSlow: undefined,
    yarnBetaFast: undefined,
  },
} as const

export class VisionRun {
  readonly #model: Model
  readonly #context: Context
  readonly #projector: Projector
  #nPast = 0
  /** Rows of an image in one decode, if the model allows pieces. */
  pieceSize = 512

  constructor(modelPath: string, mmproj: string, library: string) {
    const none = { tensorSplit: [], mlock: false, mmap: true, numa: undefined } as const
    this.#model = Model.load(modelPath, { gpuLayers: 0, mainGpu: 0, splitMode: 'layer', ...none })
    this.#context = new Context(this.#model, contextOptions)
    this.#projector = Projector.load(mmproj, this.#model, { library, nThreads: 2, useGpu: false })
  }

  /**
   * @param pictures as files, one for each mark. @param n the maximum number of tokens of the
   *   answer.
   */
  answer(
    prompt: string,
    mark: string,
    pictures: readonly Uint8Array[],
    n: number,
  ): { nPrompt: number; tokens: number[] } {
    let { nPrompt, row } = this.#prefill(prompt, mark, pictures)
    const tokens: number[] = []
    while (tokens.length < n) {
      const token = likeliest(this.#context.logits(row))
      if (this.#model.vocab.isEndOfGeneration(token)) break
      tokens.push(token)
      row = this.#decode({ kind: 'text', tokens: [token] })
    }
    return { nPrompt, tokens }
  }

  /**
   * Follows another answer. @returns for each of its tokens, the difference between its logit and
   * the likeliest one's.
   */
  follow(
    prompt: string,
    mark: string,
    pictures: readonly Uint8Array[],
    tokens: readonly number[],
  ): { nPrompt: number; behind: number[] } {
    let { nPrompt, row } = this.#prefill(prompt, mark, pictures)
    const behind = tokens.map((token) => {
      const logits = this.#context.logits(row)
      const logit = logits[likeliest(logits)]! - logits[token]!
      row = this.#decode({ kind: 'text', tokens: [token] })
      return logit
    })
    return { nPrompt, behind }
  }

  /** @returns the row of the last logits. */
  #prefill(prompt: string, mark: string, pictures: readonly Uint8Array[]): { nPrompt: number; row: number } {
    this.#context.remove(0, 0, -1)
    this.#nPast = 0
    const bitmaps = pictures.map((bytes) => Bitmap.decode(this.#projector, bytes)!)
    const parts = prompt.split(mark).flatMap((text, i): PromptPart[] => {
      const words = text === '' ? [] : [{ text, parseSpecial: true }]
      return i === 0 ? words : [{ bitmap: bitmaps[i - 1]! }, ...words]
    })
    const chunks = this.#projector.tokenize(parts, true)!
    let row = 0
    let nPrompt = 0
    for (const chunk of chunks.list) {
      row = this.#decode(chunk)
      nPrompt += chunk.kind === 'text' ? chunk.tokens.length : chunk.nTokens
    }
    chunks.free()
    for (const bitmap of bitmaps) bitmap.free()
    return { nPrompt, row }
  }

  /** @returns the row of the last logits. */
  #decode(chunk: Chunk): number {
    const first = this.#nPast
    if (chunk.kind === 'text') {
      const last = chunk.tokens.length - 1
      const rows = chunk.tokens.map((token, i) => ({ token, pos: first + i, seqId: 0, wantsLogits: i === last }))
      check(this.#context.decode(rows))
      this.#nPast += chunk.tokens.length
      return last
    }
    const { nTokens, nPos, positions, isNonCausal } = chunk
    const embeddings = this.#projector.encode(chunk)!
    const size = isNonCausal ? nTokens : this.pieceSize
    let nRows = 0
    for (let start = 0; start < nTokens; start += nRows) {
      nRows = Math.min(size, nTokens - start)
      const image = { embeddings, positions, isNonCausal }
      check(this.#context.decodeEmbeddings({ ...image, seqId: 0, pos: first, start, nRows, wantsLogits: true }))
    }
    this.#nPast += nPos
    return nRows - 1
  }

  free(): void {
    this.#projector.free()
    this.#context.free()
    this.#model.free()
  }
}

function check(code: number): void {
  if (code !== 0) throw new Error(`llama_decode: ${code}`)
}

function likeliest(logits: Float32Array): number {
  let best = 0
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token
  return best
}
