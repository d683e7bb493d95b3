// POST /v1/completions: OpenAI's text completions.
import { badField } from '../../../../base/errors.ts'
import { infillSource } from '../../../generate/infill.ts'
import { type PromptSource, readPrompts, tokenizeSources } from '../../../generate/prompt.ts'
import { runText, type TextRequest } from '../../../generate/text.ts'
import type { Answer, HttpRequest } from '../../../http/handler.ts'
import { reply } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import type { Services } from '../../../services.ts'
import { refuseNative } from '../head.ts'
import { readFormat } from '../response-format.ts'
import { overflowWith } from '../truncation.ts'
import type { TextBody } from './fields.ts'
import { TextReply } from './write.ts'

export async function textCompletions(
  { body, signal }: HttpRequest<TextBody>,
  model: Model,
  { version }: Services,
): Promise<Answer> {
  const request = await readText(body, model, signal)
  return reply(runText(request, model, signal), new TextReply(body, model, version), body)
}

/** @throws RequestError naming the field that cannot be served. */
async function readText(body: TextBody, model: Model, signal: AbortSignal): Promise<TextRequest> {
  refuseNative(body, 'there are no images here')
  if (body.postSamplingProbs) throw badField('post_sampling_probs', true, 'is for /completion and chats')
  const nLogprobs = Math.max(body.nProbs, body.logprobs === undefined ? 0 : Math.max(1, body.logprobs))
  const nPromptProbs = countPromptProbs(body, nLogprobs)
  if (nPromptProbs !== undefined && body.truncation === 'auto') {
    throw badField('truncation', 'auto', 'cannot be followed where logprobs of the prompt are asked for')
  }
  const { sources } = readPrompts(body.prompt, 'prompt')
  return {
    prompts: body.suffix === '' ? sources : await infillSources(body, model, signal),
    options: { ...body, nProbs: nLogprobs },
    format: readFormat(body),
    overflow: overflowWith(body.truncation, model.options),
    whenEmpty: 'begin',
    nPromptProbs,
  }
}

/**
 * The number of alternatives to report for each token of the prompt; undefined: nothing is reported
 * about it.
 */
function countPromptProbs({ echo, promptLogprobs }: TextBody, nLogprobs: number): number | undefined {
  const ofEcho = echo && nLogprobs > 0 ? nLogprobs : undefined
  return promptLogprobs === undefined ? ofEcho : Math.max(promptLogprobs, ofEcho ?? 0)
}

/** A prompt with a `suffix` is what stands before the gap. */
async function infillSources(body: TextBody, model: Model, signal: AbortSignal): Promise<readonly PromptSource[]> {
  if (body.echo) throw badField('echo', true, 'cannot be followed beside "suffix"')
  const { sources } = readPrompts(body.prompt, 'prompt', { addBos: false })
  const filled: PromptSource[] = []
  for (const { given, tokens } of await tokenizeSources(sources, model, signal)) {
    const before = typeof given === 'string' ? { prefix: given, prompt: [] } : { prefix: '', prompt: tokens }
    const input = { ...before, suffix: body.suffix, files: [] }
    filled.push(await infillSource(given, input, body.nPredict, model, signal))
  }
  return filled
}
