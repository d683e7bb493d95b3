// `system_prompt` of a request, and the file of -spf: computed once in slot 0, then copied to all slots.
import { readFileSync } from 'node:fs'
import { messageOf, RequestError, StartError } from '../../base/errors.ts'
import { readFields } from '../../options/field.ts'
import { type GivenSystemPrompt, generationFields, systemPromptSchema } from '../../options/generation-fields.ts'
import { compile } from '../http/body-schema.ts'
import type { Services } from '../model/model.ts'
import type { SystemPrompt } from '../model/system-prompts.ts'
import { complete, makeTask } from './request-maker.ts'

/**
 * Done when all slots are idle and have the new prompt; requests that come later wait for it.
 * @throws RequestError when it does not fit.
 */
export function setSystemPrompt(given: GivenSystemPrompt, services: Services, signal: AbortSignal): Promise<void> {
  return services.systemPrompts.change(async () => {
    const next = read(given, services)
    const isNew = next.text !== services.systemPrompts.current.text
    if (isNew && next.tokens.length > 0) {
      await compute(next.tokens, services, signal)
      await services.engine.control('share-slot', { slotId: 0 }, signal)
    }
    return next
  })
}

function read(given: GivenSystemPrompt, { tokenizer, engine }: Services): SystemPrompt {
  const tokens = given.prompt === '' ? [] : tokenizer.tokenize(given.prompt, true)
  const { nCtxSlot } = engine.info
  if (tokens.length > nCtxSlot / 2) {
    const message = `Cannot read "system_prompt": it has ${tokens.length} tokens, more than half of a slot's ${nCtxSlot}`
    const details = { n_prompt_tokens: tokens.length, n_ctx: nCtxSlot, param: 'system_prompt' }
    throw new RequestError('exceed_context_size', message, details)
  }
  return {
    text: given.prompt,
    antiPrompt: given.anti_prompt ?? '',
    assistantName: given.assistant_name ?? '',
    tokens,
  }
}

async function compute(prompt: readonly number[], services: Services, signal: AbortSignal): Promise<void> {
  const fields = { ...readFields(generationFields, {}), slotId: 0, nPredict: 0 }
  const overflow = { whenPromptTooLong: 'refuse', whenContextFull: 'stop' } as const
  const task = makeTask(fields, { tokens: prompt }, overflow, services)
  await complete({ ...task, prompt, nSystem: 0 }, services, signal)
}

/** @throws StartError that says what is wrong with the file. */
export function readSystemPromptFile(path: string): GivenSystemPrompt {
  const refuse = (why: string) => new StartError(`-spf: the system prompt file ${path} ${why}`)
  const text = attempt(
    () => readFileSync(path, 'utf8'),
    (why) => refuse(`cannot be read: ${why}`),
  )
  const given: unknown = attempt(
    () => JSON.parse(text),
    (why) => refuse(`is not JSON: ${why}`),
  )
  const prompt = unwrapped(given)
  if (prompt === null || !compile(systemPromptSchema)(prompt)) throw refuse(String(systemPromptSchema.description))
  return prompt as GivenSystemPrompt
}

/** The file may be a request's whole field, `{"system_prompt": …}`, as the specification prints it. */
function unwrapped(given: unknown): unknown {
  const isField = typeof given === 'object' && given !== null && Object.keys(given).join() === 'system_prompt'
  return isField ? (given as { system_prompt: unknown }).system_prompt : given
}

function attempt<T>(run: () => T, refuse: (why: string) => StartError): T {
  try {
    return run()
  } catch (error) {
    throw refuse(messageOf(error))
  }
}
