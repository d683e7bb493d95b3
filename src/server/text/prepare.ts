// The work on the texts of a request: everything that needs the vocabulary, the chat template or a grammar.
// One plain object in, one out, and no engine: it can be done in any process that has the vocabulary.
import { TimeSlices } from '../../base/time-slices.ts'
import type { Ignored } from '../../grammar/json-schema/json-schema.ts'
import type { LogitBias } from '../../options/generation-fields.ts'
import type { ChatTemplate } from '../chat/template/chat-template.ts'
import type { Continuation, TemplateMessage } from '../chat/template/template-message.ts'
import { type Fit, fitPrompt } from './fit.ts'
import { type Constraint, compileFormat, type OutputFormat } from './output-format.ts'
import type { Tokenizer } from './tokenizer.ts'

export type PromptText =
  /** Strings and token ids in their order; `field` is where they came from, for errors. */
  | {
      readonly kind: 'parts'
      readonly parts: readonly (string | number)[]
      readonly field: string
      /** Begin as the model does, with BOS; undefined: yes, when the first part is a string. */
      readonly addSpecial?: boolean
      /** Read special tokens where they are spelled; undefined: yes. */
      readonly parseSpecial?: boolean
    }
  /** A text and what it is judged by, for a reranker. */
  | { readonly kind: 'pair'; readonly query: string; readonly document: string }
  | ({ readonly kind: 'chat' } & ChatText)

export type ChatText = {
  readonly messages: readonly TemplateMessage[]
  readonly tools: readonly object[]
  readonly addGenerationPrompt: boolean
  readonly continueFinalMessage: Continuation
  readonly variables: Readonly<Record<string, unknown>>
  /** Render the text and leave it at that: images have their places in it. */
  readonly textOnly: boolean
}

export type TextAsk = {
  readonly prompts: readonly PromptText[]
  /** What becomes of prompts that are far too long; undefined: nothing yet. */
  readonly fit?: Fit | undefined
  readonly format?: OutputFormat
  readonly logitBias?: LogitBias
  readonly penaltyPrompt?: string | readonly number[] | undefined
}

export type TextAnswer = {
  /** `text` of a chat alone; `tokens` are empty where only the text was wanted. */
  readonly prompts: readonly { readonly text: string | undefined; readonly tokens: readonly number[] }[]
  readonly constraint: Constraint
  /** Keywords of a JSON schema that the constraint does not follow. */
  readonly ignored: readonly Ignored[]
  /** Token id and what is added to its logit; null bans the token. */
  readonly logitBias: readonly (readonly [number, number | null])[]
  readonly penaltyPrompt: readonly number[] | undefined
}

export type TextTools = {
  readonly tokenizer: Tokenizer
  readonly template: () => ChatTemplate
  /** For rendering a chat; undefined: no limit but the template's own. */
  readonly maxRenderMs?: number
  /** Called before each part of the work, with what it does as the beginning of a sentence. */
  readonly onStage?: (stage: string) => void
}

/**
 * Other work goes on between two prompts.
 * @throws RequestError naming the field that cannot be read; RenderTimeout when a chat is not rendered in time.
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

/** Tokens by id or by text; a text of several tokens biases each of them. */
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
