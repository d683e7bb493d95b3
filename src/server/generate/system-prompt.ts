// `system_prompt` of a request, and the file of -spf: they apply to all later requests.
import { readFileSync } from 'node:fs'
import { compile } from '../../base/check-schema.ts'
import { messageOf, RequestError, StartError } from '../../base/errors.ts'
import { readFields } from '../../options/field.ts'
import { type GivenSystemPrompt, generationFields, systemPromptSchema } from '../../options/generation-fields.ts'
import type { Model } from '../model/model.ts'
import type { SystemPrompt } from '../model/system-prompts.ts'
import { makeTask } from './request-maker.ts'

/**
 * Later requests use it, running ones keep what they had. It is computed now if a slot is idle,
 * otherwise with the first prompt after it; the other slots then copy it.
 * @throws RequestError when it does not fit.
 */
export async function setSystemPrompt(given: GivenSystemPrompt, model: Model, signal: AbortSignal): Promise<void> {
  const before = model.systemPrompts.current.text
  const next = await model.systemPrompts.change(() => read(given, model, signal))
  if (next.text !== before && next.tokens.length > 0) await compute(next.tokens, model, signal)
}

async function read(given: GivenSystemPrompt, model: Model, signal: AbortSignal): Promise<SystemPrompt> {
  const tokens = given.prompt === '' ? [] : await tokenize(given.prompt, model, signal)
  const { nCtxSlot } = model.info
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

async function tokenize(text: string, model: Model, signal: AbortSignal): Promise<readonly number[]> {
  const { prompts } = await model.prepare(
    { prompts: [{ kind: 'parts', parts: [text], field: 'system_prompt', addSpecial: true }] },
    signal,
  )
  return prompts[0]!.tokens
}

/** Does nothing if no slot is idle. */
async function compute(prompt: readonly number[], model: Model, signal: AbortSignal): Promise<void> {
  const options = { ...readFields(generationFields, {}), nPredict: 0 }
  const prepared = await model.prepare({ prompts: [] }, signal)
  const overflow = { whenPromptTooLong: 'refuse', whenContextFull: 'stop' } as const
  const task = makeTask(options, { tokens: prompt }, prepared, overflow, model)
  const events = model.engine.generate({ ...task, prompt, nSystem: 0, wantsProgress: true }, signal)
  for await (const event of events) {
    if (event.kind === 'error') throw RequestError.from(event.error)
    if (event.kind === 'queued' || event.kind === 'finish') return
  }
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

/**
 * The file may contain a request's whole field, `{"system_prompt": …}`, as the specification prints
 * it.
 */
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
