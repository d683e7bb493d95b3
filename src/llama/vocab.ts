// A model's vocabulary: text to token ids and back. `has` checks token ids that come from outside.
import { assert } from '../base/assert.ts'
import { textOf } from '../base/utf8.ts'
import { type SpecialToken, SpecialTokens } from './special-tokens.ts'
import type { Pointer } from './structs.ts'
import type { Symbols } from './symbols.ts'

// llama_token_attr in llama.h
const attribute = { unknown: 1, control: 8, userDefined: 16, stripsLeft: 128, stripsRight: 256 } as const

export class Vocab {
  readonly pointer: Pointer
  readonly nTokens: number
  /** -1 when the model has none. */
  readonly bos: number
  readonly eos: number
  readonly eot: number
  readonly newline: number
  readonly addsBos: boolean
  readonly addsEos: boolean
  /**
   * The token between the two texts of a pair, and whether the model uses one; -1 when it has none.
   */
  readonly separator: number
  readonly addsSeparator: boolean
  readonly #symbols: Symbols
  readonly #pieces = new Map<number, Uint8Array>()
  readonly #buffer = new Uint8Array(4096)
  #endOfGeneration: readonly number[] | undefined
  #specialTokens: SpecialTokens | undefined

  constructor(symbols: Symbols, pointer: Pointer) {
    this.#symbols = symbols
    this.pointer = pointer
    this.nTokens = symbols.llama_vocab_n_tokens(pointer)
    this.bos = symbols.llama_vocab_bos(pointer)
    this.eos = symbols.llama_vocab_eos(pointer)
    this.eot = symbols.llama_vocab_eot(pointer)
    this.newline = symbols.llama_vocab_nl(pointer)
    this.addsBos = symbols.llama_vocab_get_add_bos(pointer)
    this.addsEos = symbols.llama_vocab_get_add_eos(pointer)
    this.separator = symbols.llama_vocab_sep(pointer)
    this.addsSeparator = symbols.llama_vocab_get_add_sep(pointer)
  }

  /**
   * The fault for which libllama would end the process, at the first text or later; undefined: no
   * fault.
   */
  get problem(): string | undefined {
    const added = [
      ['BOS', this.addsBos, this.bos],
      ['EOS', this.addsEos, this.eos],
      ['separator', this.addsSeparator, this.separator],
    ] as const
    for (const [name, isAdded, token] of added) {
      if (isAdded && token < 0) return `it adds a ${name} token to texts, and its vocabulary has none`
      if (token >= this.nTokens) return `its ${name} token is ${token}, and its vocabulary has ${this.nTokens} tokens`
    }
    return undefined
  }

  has(token: number): boolean {
    return Number.isInteger(token) && token >= 0 && token < this.nTokens
  }

  /**
   * @param addSpecial add BOS and EOS if the model's vocabulary asks for them.
   * @param parseSpecial read `<|im_end|>` and the like as one token instead of as text.
   */
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): number[] {
    const bytes = Buffer.from(text, 'utf8')
    let out = new Int32Array(bytes.length + 2)
    const run = () =>
      this.#symbols.llama_tokenize(this.pointer, bytes, bytes.length, out, out.length, addSpecial, parseSpecial)
    let n = run()
    if (n < 0) {
      out = new Int32Array(-n)
      n = run()
    }
    assert(n >= 0, `llama_tokenize needs ${-n} tokens where ${out.length} were said to be enough`)
    return Array.from(out.subarray(0, n))
  }

  /**
   * The same tokens for a text with very many special tokens, in linear time. The first call looks
   * through the vocabulary.
   */
  tokenizeLong(text: string, addSpecial: boolean, parseSpecial: boolean): number[] {
    this.#specialTokens ??= new SpecialTokens(this.#readSpecialTokens())
    const known = new Map<string, readonly number[]>()
    const tokens: number[] = []
    for (const stretch of this.#specialTokens.split(text, parseSpecial)) {
      if ('token' in stretch) {
        tokens.push(stretch.token)
        continue
      }
      const ids = known.get(stretch.text) ?? this.tokenize(stretch.text, false, parseSpecial)
      if (stretch.text.length < 100) known.set(stretch.text, ids)
      for (const id of ids) tokens.push(id)
    }
    if (!addSpecial) return tokens
    const ends = this.tokenize('', true, parseSpecial)
    const nBefore = ends.length > 1 || (this.addsBos && ends[0] === this.bos) ? 1 : 0
    return [ends.slice(0, nBefore), tokens, ends.slice(nBefore)].flat()
  }

  #readSpecialTokens(): SpecialToken[] {
    const { pointer } = this
    const special: SpecialToken[] = []
    for (let id = 0; id < this.nTokens; id++) {
      const attributes = this.#symbols.llama_vocab_get_attr(pointer, id)
      if ((attributes & (attribute.control | attribute.userDefined | attribute.unknown)) === 0) continue
      special.push({
        id,
        text: this.textOf(id),
        isControl: (attributes & (attribute.control | attribute.unknown)) !== 0,
        strips: (attributes & (attribute.stripsLeft | attribute.stripsRight)) !== 0,
      })
    }
    return special
  }

  /** The bytes of a token; control tokens are empty unless `special`. Do not modify them. */
  piece(token: number, special = false): Uint8Array {
    const key = special ? -1 - token : token
    const known = this.#pieces.get(key)
    if (known !== undefined) return known
    assert(this.has(token), `token ${token} is not in the vocabulary`)
    const run = (out: Uint8Array) =>
      this.#symbols.llama_token_to_piece(this.pointer, token, out, out.length, 0, special)
    let buffer = this.#buffer
    let n = run(buffer)
    if (n < 0) {
      buffer = new Uint8Array(-n)
      n = run(buffer)
    }
    const piece = buffer.slice(0, n)
    this.#pieces.set(key, piece)
    return piece
  }

  /** Token ids as text, special tokens shown. */
  detokenize(tokens: readonly number[]): string {
    if (tokens.length === 0) return ''
    const ids = Int32Array.from(tokens)
    let out = new Uint8Array(tokens.length * 8 + 64)
    const run = () => this.#symbols.llama_detokenize(this.pointer, ids, ids.length, out, out.length, false, true)
    let n = run()
    if (n < 0) {
      out = new Uint8Array(-n)
      n = run()
    }
    return textOf(out.subarray(0, n))
  }

  /** The tokens of fill-in-the-middle, -1 when the model has none. */
  get fim(): { readonly [part in 'prefix' | 'suffix' | 'middle' | 'repository' | 'file']: number } {
    const { pointer } = this
    return {
      prefix: this.#symbols.llama_vocab_fim_pre(pointer),
      suffix: this.#symbols.llama_vocab_fim_suf(pointer),
      middle: this.#symbols.llama_vocab_fim_mid(pointer),
      repository: this.#symbols.llama_vocab_fim_rep(pointer),
      file: this.#symbols.llama_vocab_fim_sep(pointer),
    }
  }

  /** Whether the token ends a generation: EOS, EOT and the like. */
  isEndOfGeneration(token: number): boolean {
    return this.#symbols.llama_vocab_is_eog(this.pointer, token)
  }

  /** All tokens that end a generation. */
  get endOfGeneration(): readonly number[] {
    this.#endOfGeneration ??= Array.from({ length: this.nTokens }, (_, token) => token).filter((token) =>
      this.isEndOfGeneration(token),
    )
    return this.#endOfGeneration
  }

  /** The text of a special token as the model's file spells it; empty for -1. */
  textOf(token: number): string {
    return token < 0 ? '' : this.#symbols.llama_vocab_get_text(this.pointer, token)
  }
}
