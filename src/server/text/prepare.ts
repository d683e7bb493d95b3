// The work on the texts of a request: everything that needs the vocabulary, the chat template or a
// grammar. One plain object in, one out, and no engine: it can be done in any process that has the
// vocabulary.
import { TimeSlices } from '../../base/time-slices.ts'
import type { Ignored } from '../../grammar/json-schema/json-schema.ts'
import type { LogitBias } from '../../options/generation-fields.ts'
import type { ChatTemplate } from '../chat/template/chat-template.ts'
import type { Continuation, TemplateMessage } from '../chat/template/template-message.ts'
import { type Fit, fitPrompt } from './fit.ts'
import { type Constraint, compileFormat, type OutputFormat } from './output-format.ts'
import type { Tokenizer } from './tokenizer.ts'

export type PromptText =
  /** Strings and token ids in order; `field` is their source, for errors. */
  | {
      readonly kind: 'parts'
      readonly parts: readonly (string | number)[]
      readonly field: string
      /** Begin with BOS if the model does; undefined: yes, if the first part is a string. */
      readonly addSpecial?: boolean
      /** Read special tokens that are spelled out; undefined: yes. */
      readonly parseSpecial?: boolean
    }
  /** A text and the query by which a reranker scores it. */
  | { readonly kind: 'pair'; readonly query: string; readonly document: string }
  | ({ readonly kind: 'chat' } & ChatText)

export type ChatText = {
  readonly messages: readonly TemplateMessage[]
  readonly tools: readonly object[]
  readonly addGenerationPrompt: boolean
  readonly continueFinalMessage: Continuation
  readonly variables: Readonly<Record<string, unknown>>
  /** Only render the text, in which images have their places. */
  readonly textOnly: boolean
}

export type TextAsk = {
  readonly prompts: readonly PromptText[]
  /** The treatment of prompts that are far too long; undefined: none yet. */
  readonly fit?: Fit | undefined
  readonly format?: OutputFormat
  readonly logitBias?: LogitBias
  readonly penaltyPrompt?: string | readonly number[] | undefined
}

export type TextAnswer = {
  /** `text` only for a chat; `tokens` are empty if only the text was requested. */
  readonly prompts: readonly { readonly text: string | undefined; readonly tokens: readonly number[] }[]
  readonly constraint: Constraint
  /** Keywords of a JSON schema that the constraint does not enforce. */
  readonly ignored: readonly Ignored[]
  /** Token id and the value that is added to its logit; null bans the token. */
  readonly logitBias: readonly (readonly [number, number | null])[]
  readonly penaltyPrompt: readonly number[] | undefined
}

export type TextTools = {
  readonly tokenizer: Tokenizer
  readonly template: () => ChatTemplate
  /** For rendering a chat; undefined: only the template's own limit. */
  readonly maxRenderMs?: number
  /**
   * Called before each part of the work, with a description of it as the beginning of a sentence.
   */
  readonly onStage?: (stage: string) => void
}

/**
 * Lets other work run between two prompts.
 * @throws RequestError naming the field that cannot be read; RenderTimeout when a chat is not
 *   rendered in time.
 */
export async function prepareText(ask: TextAsk, tools: TextTools): Promise<TextAnswer> {
  const { tokenizer, onStage } = tools
  const prompts: TextAnswer['prompts'][number][] = []
  const slices = new TimeSlices()
  for (const prompt of ask.prompts) {
    const { text, tokens } = readPrompt(prompt, tools)
    prompts.push({ text, tokens: ask.fit === undefined ? tokens : fitPrompt(tokens, ask.fit) })
    await slices.pause()
  }
  const format = ask.format ?? { kind: 'text' }
  if (format.kind !== 'text') onStage?.(`Compiling "${format.kind === 'calls' ? 'tools' : format.field}"`)
  const { constraint, ignored } = compileFormat(format, tokenizer, prompts[0]?.text ?? '')
  onStage?.('Tokenizing "logit_bias"')
  const logitBias = readLogitBias(ask.logitBias ?? [], tokenizer)
  onStage?.('Tokenizing "penalty_prompt"')
  return { prompts, constraint, ignored, logitBias, penaltyPrompt: readPenaltyPrompt(ask.penaltyPrompt, tokenizer) }
}

function readPrompt(
  prompt: PromptText,
  { tokenizer, template, onStage, maxRenderMs }: TextTools,
): TextAnswer['prompts'][number] {
  switch (prompt.kind) {
    case 'parts': {
      const { parts, field, addSpecial, parseSpecial } = prompt
      onStage?.(`Tokenizing "${field}"`)
      return { text: undefined, tokens: tokenizer.tokenizeMixed(parts, field, addSpecial, parseSpecial) }
    }
    case 'pair':
      onStage?.('Tokenizing "documents"')
      return { text: undefined, tokens: tokenizer.pair(prompt.query, prompt.document) }
    case 'chat': {
      onStage?.('Rendering the chat template')
      const text = template().render({ ...prompt, extra: prompt.variables }, maxRenderMs)
      onStage?.('Tokenizing "messages"')
      return { text, tokens: prompt.textOnly ? [] : tokenizer.tokenize(text, true) }
    }
  }
}

function readPenaltyPrompt(
  given: string | readonly number[] | undefined,
  tokenizer: Tokenizer,
): readonly number[] | undefined {
  if (typeof given === 'string') return tokenizer.tokenize(given)
  return given?.map((token) => tokenizer.known(token, 'penalty_prompt'))
}

/** Tokens by id or by text; for a text of several tokens, each of them is biased. */
function readLogitBias(given: LogitBias, tokenizer: Tokenizer): TextAnswer['logitBias'] {
  const pairs = isList(given)
    ? given
    : Object.entries(given).map(([key, bias]) => [/^-?\d+$/.test(key) ? Number(key) : key, bias] as const)
  return pairs.flatMap(([token, bias]) => {
    const ids = typeof token === 'string' ? tokenizer.tokenize(token) : [tokenizer.known(token, 'logit_bias')]
    return ids.map((id) => [id, bias === false ? null : bias] as const)
  })
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value)
}
