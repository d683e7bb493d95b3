// POST /infill: the text between a prefix and a suffix. Answers as /completion does.
import { badField } from '../../../base/errors.ts'
import { type BodyOf, bodyOf } from '../../../options/field.ts'
import { anything, array, object, string } from '../../../options/schema.ts'
import { infillSource } from '../../generate/infill.ts'
import { readPrompts, tokenizeSources } from '../../generate/prompt.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { complete, completionFields } from './completion.ts'

/** `time` is the time of the last visit: an editor's own field. */
const files = array(object({ filename: string, text: string, time: anything }, ['text']))

export const infillFields = {
  ...completionFields,
  inputPrefix: { names: ['input_prefix'], schema: string, default: '', help: 'The text before the gap.' },
  inputSuffix: { names: ['input_suffix'], schema: string, default: '', help: 'The text after the gap.' },
  inputExtra: {
    names: ['input_extra'],
    schema: files,
    default: [],
    help: 'Other files of the repository: `filename` and `text`; `time` is ignored.',
  },
} as const

export const infillBody = bodyOf(infillFields)

export async function infill({ body, signal }: HttpRequest<BodyOf<typeof infillBody>>, model: Model): Promise<Answer> {
  const { imageData } = body
  if (imageData.length > 0)
    throw badField('image_data', imageData, 'is for /completion; this route does not support images')
  const { sources, isList } = readPrompts(body.prompt, 'prompt', { addBos: false })
  const [prompt] = await tokenizeSources(sources, model, signal)
  if (isList || prompt === undefined) throw badField('prompt', body.prompt, 'is more than one prompt')
  const input = {
    prefix: body.inputPrefix,
    suffix: body.inputSuffix,
    prompt: prompt.tokens,
    files: body.inputExtra.map(({ filename, text }) => ({ name: filename ?? 'tmp', text })),
  }
  const source = await infillSource(prompt.given, input, body.nPredict, model, signal)
  return complete(body, { sources: [source], isList }, model, signal)
}
