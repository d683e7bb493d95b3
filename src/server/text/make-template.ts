// The chat template of a model: the one chosen by flags, else the model's own.
import { ChatTemplate } from '../chat/template/chat-template.ts'
import type { ChosenTemplate } from '../chat/template/chosen-template.ts'
import type { Tokenizer } from './tokenizer.ts'

export type TemplateChoice = {
  readonly chosen: ChosenTemplate | undefined
  /** Variables of every rendering, from --chat-template-kwargs. */
  readonly variables: Readonly<Record<string, unknown>> | undefined
}

/** @throws RequestError when the template cannot be parsed. */
export function makeTemplate({ chosen, variables }: TemplateChoice, { chatTemplate, vocab }: Tokenizer): ChatTemplate {
  const tokens = { bos: vocab.textOf(vocab.bos), eos: vocab.textOf(vocab.eos) }
  const more = { variables: { ...chosen?.variables, ...variables }, stop: chosen?.stop ?? [] }
  return new ChatTemplate(chosen?.source ?? chatTemplate, tokens, more)
}
