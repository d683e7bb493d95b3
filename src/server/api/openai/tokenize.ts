// POST /tokenize in vLLM's form, and GET /tokenizer_info: what clients ask that count the tokens of
// prompts and chats.
import { type BodyOf, bodyOf } from '../../../options/field.ts'
import { boolean, string } from '../../../options/schema.ts'
import { tokenizeChat } from '../../chat/chat.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { tokenName } from '../shared/token-name.ts'
import { applyTemplateFields, readTemplated } from './chat/apply-template.ts'

export const promptTokensFields = {
  prompt: { names: ['prompt'], schema: string, help: 'The text.' },
  ...applyTemplateFields,
  addSpecialTokens: {
    names: ['add_special_tokens'],
    schema: boolean,
    default: true,
    help: 'Begin a `prompt` as the model is made, with BOS.',
  },
  returnTokenStrs: {
    names: ['return_token_strs'],
    schema: boolean,
    default: false,
    help: 'Report the text of each token.',
  },
} as const

export const promptTokensBody = bodyOf(promptTokensFields)

export async function promptTokens(
  { body, signal }: HttpRequest<BodyOf<typeof promptTokensBody>>,
  model: Model,
): Promise<Answer> {
  const tokens = await tokensOf(body, model, signal)
  const { vocab } = model.tokenizer
  const names = tokens.map((token) => tokenName(Array.from(vocab.piece(token, true))))
  return json({
    count: tokens.length,
    max_model_len: model.info.nCtxSlot,
    tokens,
    token_strs: body.returnTokenStrs ? names : null,
  })
}

async function tokensOf(
  body: BodyOf<typeof promptTokensBody>,
  model: Model,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { messages, prompt = '', addSpecialTokens: addSpecial } = body
  if (messages !== undefined) return tokenizeChat(await readTemplated({ ...body, messages }, model), model, signal)
  const part = { kind: 'parts', parts: [prompt], field: 'prompt', addSpecial } as const
  const { prompts } = await model.prepare({ prompts: [part] }, signal)
  return prompts[0]!.tokens
}

/** Names of the fields are those of a tokenizer's own configuration. */
export function tokenizerInfo(_request: HttpRequest, { tokenizer: { vocab }, info, templateSource }: Model): Answer {
  const nameOf = (token: number) => (token < 0 ? null : vocab.textOf(token))
  return json({
    tokenizer_class: 'llama.cpp',
    bos_token: nameOf(vocab.bos),
    eos_token: nameOf(vocab.eos),
    add_bos_token: vocab.addsBos,
    add_eos_token: vocab.addsEos,
    model_max_length: info.nCtxSlot,
    chat_template: templateSource,
  })
}
