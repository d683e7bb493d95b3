// A multimodal projector: images in, rows of embeddings of the text model's width out. Does not run
// the text model.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import koffi from 'koffi'
import { assert } from '../../base/assert.ts'
import { StartError } from '../../base/errors.ts'
import { recentErrors } from '../library.ts'
import type { Model } from '../model.ts'
import type { Pointer } from '../structs.ts'
import { Chunks, type ImageChunk } from './chunks.ts'
import { loadMtmd } from './library.ts'
import { MtmdInputPart, MtmdInputText } from './structs.ts'
import type { MtmdSymbols } from './symbols.ts'

export type ProjectorOptions = {
  /** The path of libmtmd. */
  readonly library: string
  readonly nThreads: number
  readonly useGpu: boolean
  /**
   * Bounds on the tokens of one image, for models with a variable number; undefined: as in the
   * file.
   */
  readonly minTokens?: number | undefined
  readonly maxTokens?: number | undefined
}

/** A prompt is texts and images in their order. */
export type PromptPart =
  | { readonly text: string; readonly parseSpecial: boolean }
  | { readonly bitmap: { readonly pointer: Pointer } }

export class Projector {
  readonly symbols: MtmdSymbols
  readonly pointer: Pointer
  readonly nEmbd: number
  readonly usesMrope: boolean

  private constructor(symbols: MtmdSymbols, pointer: Pointer, nEmbd: number) {
    this.symbols = symbols
    this.pointer = pointer
    this.nEmbd = nEmbd
    this.usesMrope = symbols.mtmd_decode_use_mrope(pointer)
  }

  /**
   * @param model the text model; its weights are not used, so `Model.loadShape` is enough.
   * @throws StartError when the file does not exist, is cut off, is not a projector, or is for
   *   another model.
   */
  static load(path: string, model: Model, options: ProjectorOptions): Projector {
    const symbols = loadMtmd(options.library)
    checkFile(path)
    recentErrors() // earlier errors are not about this file
    const pointer = symbols.mtmd_init_from_file(path, model.pointer, {
      ...symbols.mtmd_context_params_default(),
      use_gpu: options.useGpu,
      print_timings: false,
      n_threads: options.nThreads,
      image_min_tokens: options.minTokens ?? -1,
      image_max_tokens: options.maxTokens ?? -1,
    })
    if (pointer === null) throw new StartError(`the projector ${path} cannot be used: ${recentErrors()}`)
    if (!symbols.mtmd_support_vision(pointer)) {
      symbols.mtmd_free(pointer)
      throw new StartError(`the projector ${path} is not for images`)
    }
    return new Projector(symbols, pointer, model.nEmbdInput)
  }

  /**
   * Cuts a prompt into chunks; images are scaled and, by some models, cut into tiles with tokens
   * between them.
   * @param addSpecial add BOS and EOS if the model's vocabulary asks for them.
   * @returns undefined when libmtmd fails on these images; else the caller frees the result.
   */
  tokenize(parts: readonly PromptPart[], addSpecial: boolean): Chunks | undefined {
    // libmtmd reads through pointers, so koffi allocates what they point to
    const memory: unknown[] = []
    const packed = parts.map((part) => {
      const pointer = koffi.alloc(MtmdInputPart, 1)
      memory.push(pointer)
      if ('bitmap' in part) {
        koffi.encode(pointer, MtmdInputPart, { text: null, bitmap: part.bitmap.pointer })
        return pointer
      }
      const bytes = Buffer.from(part.text, 'utf8')
      const text = koffi.alloc('uint8_t', bytes.length + 1)
      const record = koffi.alloc(MtmdInputText, 1)
      memory.push(text, record)
      koffi.encode(text, koffi.array('uint8_t', bytes.length + 1), [...bytes, 0])
      koffi.encode(record, MtmdInputText, {
        text,
        text_len: bytes.length,
        add_special: false,
        parse_special: part.parseSpecial,
      })
      koffi.encode(pointer, MtmdInputPart, { text: record, bitmap: null })
      return pointer
    })
    const list = koffi.alloc('void *', Math.max(1, packed.length))
    memory.push(list)
    koffi.encode(list, koffi.array('void *', packed.length), packed)
    const chunks = this.symbols.mtmd_input_chunks_init()
    try {
      const code = this.symbols.mtmd_tokenize_from_parts(
        this.pointer,
        chunks,
        list as Pointer,
        packed.length,
        addSpecial,
      )
      if (code === 0) return new Chunks(this.symbols, chunks, this.pointer)
      this.symbols.mtmd_input_chunks_free(chunks)
      return undefined
    } finally {
      for (const pointer of memory) koffi.free(pointer)
    }
  }

  /**
   * Computes the rows of an image: seconds of work on this thread.
   * @returns nTokens × nEmbd numbers, a copy; undefined when libmtmd fails.
   */
  encode(chunk: ImageChunk): Float32Array | undefined {
    if (this.symbols.mtmd_encode_chunk(this.pointer, chunk.pointer) !== 0) return undefined
    const pointer = this.symbols.mtmd_get_output_embd(this.pointer)
    assert(pointer !== null, 'an encoded image has no embeddings')
    return new Float32Array(koffi.view(pointer, chunk.nTokens * this.nEmbd * 4)).slice()
  }

  free(): void {
    this.symbols.mtmd_free(this.pointer)
  }
}

function checkFile(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })
  if (size === undefined) throw new StartError(`there is no projector file ${path}`)
  if (!size.isFile()) throw new StartError(`${path} is not a file; a projector is one .gguf file`)
  const magic = Buffer.alloc(4)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    throw new StartError(`the projector file ${path} may not be read`)
  }
  readSync(file, magic, 0, 4, 0)
  closeSync(file)
  if (magic.toString('latin1') !== 'GGUF') {
    throw new StartError(`${path} is not a GGUF projector: it does not begin with "GGUF"`)
  }
}
