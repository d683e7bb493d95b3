// The request for an answer: by the chat API, by the user's own template, or as the continuation of what is there already.
import { type GenerationEvent, generate } from '../api/generation.ts'
import { applyTemplate } from '../api/server.ts'
import { serverState } from '../server/server-state.ts'
import { settings } from '../settings/settings.ts'
import type { Part } from './parts.ts'
import { ownPrompt, ownStops, requestFields } from './prompt.ts'
import type { Message } from './types.ts'
import { markedMessages, turnMessages, wireMessages, withImages } from './wire.ts'

export type Question = {
  readonly path: readonly Message[]
  /** The rounds that the answer has had already: calls of tools and their results. */
  readonly before: readonly Part[]
  /** What the reply begins with; undefined for a new one. */
  readonly prefix: string | undefined
}

/** @throws ApiError. */
export async function ask(
  { path, before, prefix }: Question,
  signal: AbortSignal,
): Promise<AsyncIterable<GenerationEvent>> {
  const chosen = settings()
  const fields = requestFields(chosen)
  if (chosen.usesOwnTemplate) {
    const stops = [...ownStops(chosen.ownTemplate), ...((fields.stop as readonly string[] | undefined) ?? [])]
    const prompt = withImages(ownPrompt(path, chosen.ownTemplate) + (prefix ?? ''), path)
    return generate('completion', { ...fields, stop: stops, prompt }, signal)
  }
  const rounds = before.length === 0 ? [] : turnMessages(before)
  if (prefix === undefined) {
    const messages = [...wireMessages(path, chosen.systemPrompt), ...rounds]
    return generate('v1/chat/completions', { ...fields, messages }, signal)
  }
  const rendered = await applyTemplate([...markedMessages(path, chosen.systemPrompt), ...rounds], signal)
  // the server adds the first token itself where the model wants one
  const bos = serverState().props?.bos_token ?? ''
  const begun = (bos !== '' && rendered.startsWith(bos) ? rendered.slice(bos.length) : rendered) + prefix
  // what chat would take by default
  return generate('completion', { repeat_penalty: 1, ...fields, prompt: withImages(begun, path) }, signal)
}
