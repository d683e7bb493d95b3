// POST /infill: the text between a prefix and a suffix. Answers as /completion does.
import { badField } from '../../../base/errors.ts'
import { bodySchema, readFields, type Schema, string } from '../../../options/field.ts'
import { readPrompts } from '../../generate/prompt.ts'
import { serverDefaults } from '../../generate/request-maker.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'
import { answerCompletion, completionFields } from './completion.ts'
import { infillPrompt } from './infill-prompt.ts'

const files: Schema<readonly { readonly filename?: string; readonly text: string }[]> = {
  type: ['array', 'null'],
  items: {
    type: 'object',
    required: ['text'],
    properties: { filename: { type: 'string' }, text: { type: 'string' }, time: {} }, // when it was seen: an editor's own
    additionalProperties: false,
  },
}

export const infillFields = {
  ...completionFields,
  inputPrefix: { names: ['input_prefix'], schema: string, default: '', help: 'The text before the gap.' },
  inputSuffix: { names: ['input_suffix'], schema: string, default: '', help: 'The text after the gap.' },
  inputExtra: {
    names: ['input_extra'],
    schema: files,
    default: [] as readonly { readonly filename?: string; readonly text: string }[],
    help: 'Other files of the repository: `filename` and `text`; `time` is passed over.',
  },
} as const

export const infillBody = bodySchema(infillFields)

export function infill({ body, signal }: HttpRequest, services: Services): Promise<Answer> {
  const { tokenizer, options } = services
  const fields = readFields(infillFields, body, serverDefaults(options))
  const { imageData } = fields
  if (imageData.length > 0) throw badField('image_data', imageData, 'is for /completion; there are no pictures here')
  const { prompts, isList } = readPrompts(fields.prompt, tokenizer, { addBos: false })
  const [prompt] = prompts
  if (isList || prompt === undefined) throw badField('prompt', fields.prompt, 'is more than one prompt')
  const { nCtxSlot } = services.engine.info
  const nReserved = fields.nPredict >= 0 ? fields.nPredict : Math.floor(nCtxSlot / 4)
  const room = nCtxSlot - Math.min(nReserved, Math.floor(nCtxSlot / 2)) - 1
  const input = {
    prefix: fields.inputPrefix,
    suffix: fields.inputSuffix,
    prompt: prompt.tokens,
    files: fields.inputExtra.map(({ filename, text }) => ({ name: filename ?? 'tmp', text })),
  }
  const tokens = infillPrompt(input, tokenizer, room)
  return answerCompletion(fields, { prompts: [{ given: prompt.given, tokens }], isList }, services, signal)
}
