// The request for an answer: by the chat API, by the user's own template, or as the continuation of what is there already.
import { type GenerationEvent, generate } from '../api/generation.ts'
import { applyTemplate } from '../api/server.ts'
import { serverState } from '../server/server-state.ts'
import type { Shape } from '../settings/settings.ts'
import type { Part } from './parts.ts'
import { ownPrompt, ownStops, requestFields, templateFields } from './prompt.ts'
import type { Message } from './types.ts'
import { markedMessages, turnMessages, wireMessages, withImages } from './wire.ts'

export type Question = {
  readonly shape: Shape
  readonly path: readonly Message[]
  /** The rounds that the answer has had already: calls of tools and their results. */
  readonly before: readonly Part[]
  /** What the reply begins with; undefined for a new one. */
  readonly prefix: string | undefined
}

/** @throws ApiError. */
export async function ask(
  { shape, path, before, prefix }: Question,
  signal: AbortSignal,
): Promise<AsyncIterable<GenerationEvent>> {
  const fields = await requestFields(shape)
  if (shape.usesOwnTemplate) {
    const stops = [...ownStops(shape.ownTemplate), ...((fields.stop as readonly string[] | undefined) ?? [])]
    const prompt = withImages(ownPrompt(path, shape.ownTemplate) + (prefix ?? ''), path)
    return generate('completion', { ...fields, stop: stops, prompt }, signal)
  }
  const rounds = before.length === 0 ? [] : turnMessages(before)
  if (prefix === undefined) {
    const messages = [...wireMessages(path, shape.systemPrompt), ...rounds]
    return generate('v1/chat/completions', { ...fields, ...templateFields(shape), messages }, signal)
  }
  const messages = [...markedMessages(path, shape.systemPrompt), ...rounds]
  const rendered = await applyTemplate({ ...templateFields(shape), messages }, signal)
  // the server adds the first token itself where the model wants one
  const bos = serverState().props?.bos_token ?? ''
  const begun = (bos !== '' && rendered.startsWith(bos) ? rendered.slice(bos.length) : rendered) + prefix
  // what chat would take by default
  return generate('completion', { repeat_penalty: 1, ...fields, prompt: withImages(begun, path) }, signal)
}
