// The vocabulary alone, in the server's own process: texts are tokenized without waiting for a
// decode.
import { badField } from '../../base/errors.ts'
import type { KvOverride } from '../../llama/kv-overrides.ts'
import { Model } from '../../llama/model.ts'
import type { Vocab } from '../../llama/vocab.ts'

export class Tokenizer {
  readonly vocab: Vocab
  /** The chat template in the model's file. */
  readonly chatTemplate: string | undefined
  readonly #rerankTemplate: string | undefined

  /** @throws StartError that says what is wrong with the file. */
  constructor(modelPath: string, overrides: readonly KvOverride[] = []) {
    const model = Model.loadVocabulary(modelPath, overrides)
    this.vocab = model.vocab
    this.chatTemplate = model.chatTemplate
    this.#rerankTemplate = model.rerankTemplate
  }

  /** Tokenizes text verbatim: no BOS; special tokens are read where they are spelled out. */
  tokenize(text: string, addSpecial = false, parseSpecial = true): number[] {
    return this.vocab.tokenize(text, addSpecial, parseSpecial)
  }

  /**
   * A prompt of strings and token ids, in order; BOS comes first if the first part is a string.
   * @throws RequestError for an id that is not in the vocabulary.
   */
  tokenizeMixed(parts: readonly (string | number)[], field: string, addSpecial = true, parseSpecial = true): number[] {
    return parts.flatMap((part, i) =>
      typeof part === 'string' ? this.tokenize(part, addSpecial && i === 0, parseSpecial) : this.known(part, field),
    )
  }

  /** @throws RequestError for an id that is not in the vocabulary. */
  known(token: number, field: string): number {
    if (this.vocab.has(token)) return token
    throw badField(field, token, `is not a token id of this model: they are in [0, ${this.vocab.nTokens - 1}]`)
  }

  /**
   * A query and a text as a reranker reads them: in the model's own template, else between its
   * special tokens.
   */
  pair(query: string, document: string): number[] {
    if (this.#rerankTemplate !== undefined) {
      const texts: Readonly<Record<string, string>> = { '{query}': query, '{document}': document }
      return this.tokenize(this.#rerankTemplate.replaceAll(/\{query\}|\{document\}/g, (mark) => texts[mark]!))
    }
    const { bos, eos, separator, addsBos, addsEos, addsSeparator } = this.vocab
    const end = addsEos ? [eos >= 0 ? eos : separator] : []
    return [
      ...(addsBos ? [bos] : []),
      ...this.tokenize(query, false, false),
      ...end,
      ...(addsSeparator ? [separator] : []),
      ...this.tokenize(document, false, false),
      ...end,
    ]
  }
}
