// POST /completion: the specification's own route.
import { type BodyOf, bodyOf } from '../../../options/field.ts'
import { type GenerationOptions, generationFields } from '../../../options/generation-fields.ts'
import { string } from '../../../options/schema.ts'
import { outputFormat } from '../../generate/output-format.ts'
import { overflowOf } from '../../generate/overflow.ts'
import { promptSchema, type Sources } from '../../generate/prompt.ts'
import { predictLimit } from '../../generate/request-maker.ts'
import { runText } from '../../generate/text.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import { reply } from '../../http/reply.ts'
import type { Model } from '../../model/model.ts'
import { CompletionReply } from './completion-reply.ts'
import { readImagePrompts } from './image-prompts.ts'

export const completionFields = {
  prompt: { names: ['prompt'], schema: promptSchema, default: '', help: 'The text to continue.' },
  ...generationFields,
  model: {
    names: ['model'],
    schema: string,
    help: 'The name of a model; any name selects the one served.',
    support: 'no effect',
  },
} as const

export const completionBody = bodyOf(completionFields)

export async function completion(
  { body, signal }: HttpRequest<BodyOf<typeof completionBody>>,
  model: Model,
): Promise<Answer> {
  return complete(body, await readImagePrompts(body, model), model, signal)
}

/** Runs the prompts, and answers as /completion does. */
export function complete(
  options: GenerationOptions,
  { sources, isList }: Sources,
  model: Model,
  signal: AbortSignal,
): Promise<Answer> {
  const limited = { ...options, nPredict: predictLimit(options.nPredict, model.options.nPredict) }
  const request = {
    prompts: sources,
    options: limited,
    format: outputFormat(options),
    overflow: overflowOf('cut', model.options),
    whenEmpty: 'answer',
  } as const
  const isSeveral = isList || options.nAnswers > 1
  return reply(runText(request, model, signal), new CompletionReply(limited, { isSeveral }, model), options)
}
