// POST /completion: the specification's own route. Fields → tasks; events → the specification's answer.
import { bodySchema, readFields, string } from '../../../options/field.ts'
import { type GenerationOptions, generationFields } from '../../../options/generation-fields.ts'
import { withPrompts } from '../../generate/images.ts'
import { mergeStreams } from '../../generate/merge-streams.ts'
import { type Prompt, type Prompts, promptSchema } from '../../generate/prompt.ts'
import {
  checked,
  complete,
  makeTasks,
  overflowOf,
  predictLimit,
  serverDefaults,
  type TaskBody,
} from '../../generate/request-maker.ts'
import { errorJson, toRequestError } from '../../http/errors.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'
import { type Asked, emptyJson, finalJson, partialJson, progressPartialJson } from '../shared/completion-json.ts'
import { isProgress } from '../shared/progress-json.ts'
import { mediaPrompts } from './media-prompts.ts'

export const completionFields = {
  prompt: { names: ['prompt'], schema: promptSchema, default: '' as const, help: 'The text to continue.' },
  ...generationFields,
  model: {
    names: ['model'],
    schema: string,
    help: 'The name of a model: the one that is served answers, whatever it is.',
    support: 'no effect',
  },
} as const

export const completionBody = bodySchema(completionFields)

type Job = { readonly asked: Asked; readonly task: TaskBody | undefined }

export function completion({ body, signal }: HttpRequest, services: Services): Promise<Answer> {
  const fields = readFields(completionFields, body, serverDefaults(services.options))
  return withPrompts(
    mediaPrompts(fields, services, signal),
    fields,
    (progress) => ({ content: '', stop: false, ...progress }),
    (prompts) => answerCompletion(fields, prompts, services, signal),
  )
}

/** Runs prompts that are token ids already; what /completion and /infill share. */
export async function answerCompletion(
  asked: GenerationOptions,
  { prompts, isList }: Prompts,
  services: Services,
  signal: AbortSignal,
): Promise<Answer> {
  const fields = { ...asked, nPredict: predictLimit(asked.nPredict, services.options.nPredict) }
  const isSeveral = isList || fields.nAnswers > 1
  const jobs = prompts.flatMap((prompt, i) =>
    makeJobs(fields, prompt, isSeveral ? i * fields.nAnswers : undefined, services),
  )
  if (fields.stream) {
    const streams = jobs.map((job) => streamJob(job, services, signal))
    return { events: mergeStreams(streams), errorEvent: (error) => errorJson(toRequestError(error)) }
  }
  const results = await Promise.all(jobs.map((job) => runJob(job, services, signal)))
  return { json: isSeveral ? results : results[0] }
}

/** @param first the place of the prompt's first answer in the list that is answered; undefined: no list is. */
function makeJobs(fields: GenerationOptions, prompt: Prompt, first: number | undefined, services: Services): Job[] {
  const { engine, tokenizer, systemPrompts, modelName, options } = services
  const { endOfGeneration } = tokenizer.vocab
  const common = { fields, prompt, modelName, nCtx: engine.info.nCtxSlot, endOfGeneration }
  const indexOf = (i: number) => (first === undefined ? undefined : first + i)
  // bad fields are refused whatever the prompt: the page asks so whether a grammar is good
  const tasks = makeTasks(fields, prompt, overflowOf('native', options), services)
  const isEmpty = systemPrompts.behind(prompt.tokens, tokenizer.vocab).length === 0
  return tasks.map((task, i) => {
    const sampling = isEmpty ? undefined : task.sampling
    return { asked: { ...common, index: indexOf(i), sampling }, task: isEmpty ? undefined : task }
  })
}

/** An empty prompt has an empty answer at once. */
async function runJob({ asked, task }: Job, services: Services, signal: AbortSignal): Promise<unknown> {
  if (task === undefined) return emptyJson(asked)
  const whole = await complete(task, services, signal)
  const hasNewLine = whole.text.includes('\n')
  return finalJson(asked, whole, services.tokenizer.vocab, { isStream: false, hasNewLine })
}

async function* streamJob({ asked, task }: Job, services: Services, signal: AbortSignal): AsyncGenerator<unknown> {
  if (task === undefined) {
    yield emptyJson(asked)
    return
  }
  const { vocab } = services.tokenizer
  let hasNewLine = false
  for await (const event of checked(services.engine.generate(task, signal))) {
    if (isProgress(event)) {
      yield progressPartialJson(asked, event)
      continue
    }
    hasNewLine ||= event.text.includes('\n')
    if (event.kind === 'text') {
      yield partialJson(asked, event, vocab)
      continue
    }
    // the last piece goes ahead of the final event, whose content is empty
    if (event.text !== '' || event.tokens.length > 0) yield partialJson(asked, { ...event, kind: 'text' }, vocab)
    yield finalJson(asked, { ...event, text: '', tokens: [], probs: [] }, vocab, { isStream: true, hasNewLine })
  }
}
