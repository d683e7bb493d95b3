// Makes the prompt of a fill-in-the-middle model: prefix, suffix and files of the repository →
// token ids.
//
//   [repository header] [file name, text] … BOS PRE prefix prompt SUF suffix MID
import { RequestError } from '../../base/errors.ts'
import type { Tokenizer } from '../text/tokenizer.ts'

export type InfillInput = {
  readonly prefix: string
  readonly suffix: string
  /** The beginning of the middle. */
  readonly prompt: readonly number[]
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

type Tokens = readonly number[]

/** The tokens of each text, verbatim, including special tokens spelled out in it. */
export type TokenizeAll = (texts: readonly string[]) => Promise<readonly Tokens[]>

/** The share of the room that the suffix may take from a prefix that needs it. */
const suffixShare = 0.25

/**
 * @param room the maximum number of tokens; to make the prompt fit, the beginning of the files is
 *   cut first, then the far ends of prefix and suffix.
 * @throws RequestError when the model has no tokens for it.
 * Source: format_prompt_infill in llama.cpp's server; arxiv.org/abs/2409.12186 for the repository
 * form.
 */
export async function infillPrompt(
  input: InfillInput,
  tokenizer: Tokenizer,
  room: number,
  tokenize: TokenizeAll,
): Promise<number[]> {
  const { vocab } = tokenizer
  const { fim } = vocab
  if (!canInfill(tokenizer)) {
    throw new RequestError('not_supported', 'This model cannot infill: it has no tokens for prefix, suffix and middle')
  }
  const fileMark = fim.file < 0 ? [] : [fim.file]
  const headOf = (name: string) => (fim.file < 0 ? '\n\n--- snippet ---\n\n' : `${name}\n`)
  const others = input.files.flatMap(({ name, text }) => [headOf(name), text])
  const [prefix, wholeSuffix, repository, ownName, ...rest] = (await tokenize([
    input.prefix,
    input.suffix,
    'myproject\n',
    'filename\n',
    ...others,
  ])) as [Tokens, Tokens, Tokens, Tokens, ...Tokens[]]
  const files = [
    ...(fim.repository < 0 ? [] : [fim.repository, ...repository]),
    ...rest.flatMap((tokens, i) => (i % 2 === 0 ? [...fileMark, ...tokens] : tokens)),
    ...(fim.file < 0 ? [] : [fim.file, ...ownName]),
  ]
  const suffix = withoutLeadingSpace(wholeSuffix, tokenizer)
  const start = vocab.addsBos ? [vocab.bos, fim.prefix] : [fim.prefix]
  const free = Math.max(0, room - start.length - 2 - input.prompt.length)
  const nSuffix = Math.min(suffix.length, Math.max(Math.floor(free * suffixShare), free - prefix.length))
  const nPrefix = Math.min(prefix.length, free - nSuffix)
  const nFiles = Math.min(files.length, free - nSuffix - nPrefix)
  return [
    ...files.slice(files.length - nFiles),
    ...start,
    ...prefix.slice(prefix.length - nPrefix),
    ...input.prompt,
    fim.suffix,
    ...suffix.slice(0, nSuffix),
    fim.middle,
  ]
}

/** Whether the model has the required tokens. */
export function canInfill({ vocab: { fim } }: Tokenizer): boolean {
  return fim.prefix >= 0 && fim.suffix >= 0 && fim.middle >= 0
}

/** The space that SentencePiece models put before a text is not part of the file. */
function withoutLeadingSpace(tokens: Tokens, { vocab }: Tokenizer): Tokens {
  const [first] = tokens
  return first !== undefined && vocab.textOf(first) === '\u2581' ? tokens.slice(1) : tokens
}
