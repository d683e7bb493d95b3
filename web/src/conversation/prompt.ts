// From what is shown to what is sent: messages, prompts and the fields of the request. Pure but for the settings it is given.
import { schemaToGrammar } from '../../lib/json-schema-to-grammar.ts'
import { ApiError } from '../api/errors.ts'
import type { OwnTemplate, Settings } from '../settings/settings.ts'
import { t } from '../words/words.ts'
import { splitThoughts } from './thoughts.ts'
import type { Message } from './types.ts'

type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }
export type WireMessage = { readonly role: string; readonly content: string | readonly Part[] }

/** Messages for the chat API: what the model thought before stays out of it. */
export function wireMessages(path: readonly Message[], systemPrompt: string): readonly WireMessage[] {
  const system = systemPrompt.trim() === '' ? [] : [{ role: 'system', content: systemPrompt }]
  return [...system, ...path.map(wireMessage)]
}

function wireMessage({ role, content, images = [] }: Message): WireMessage {
  const text = role === 'assistant' ? splitThoughts(content).answer : content
  if (images.length === 0) return { role, content: text }
  const parts = images.map((url): Part => ({ type: 'image_url', image_url: { url } }))
  return { role, content: [...parts, { type: 'text', text }] }
}

/** What stands for an image in the text of a prompt; libmtmd's. */
const imageMark = '<__media__>'

function markedText({ role, content, images = [] }: Message): string {
  return imageMark.repeat(images.length) + (role === 'assistant' ? splitThoughts(content).answer : content)
}

/** Messages whose images are marks in their text, for a template. */
export function markedMessages(path: readonly Message[], systemPrompt: string): readonly WireMessage[] {
  const marked = path.map((message): Message => ({ ...message, content: markedText(message), images: [] }))
  return wireMessages(marked, systemPrompt)
}

export type WirePrompt = string | { readonly prompt_string: string; readonly multimodal_data: readonly string[] }

/** A prompt with the images that its marks stand for. */
export function withImages(prompt: string, path: readonly Message[]): WirePrompt {
  const urls = path.flatMap(({ images = [] }) => images)
  if (urls.length === 0) return prompt
  return { prompt_string: prompt, multimodal_data: urls.map((url) => url.slice(url.indexOf(',') + 1)) }
}

/** The whole prompt by the user's own template. */
export function ownPrompt(path: readonly Message[], own: OwnTemplate): string {
  const fill = (template: string, values: Readonly<Record<string, string>>) =>
    template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
  const names = { char: own.bot, user: own.user }
  const lines = path.map((message) =>
    fill(own.history, {
      ...names,
      name: message.role === 'user' ? own.user : own.bot,
      message: markedText(message),
    }),
  )
  return fill(own.template, { ...names, prompt: fill(own.prompt, names), history: lines.join('\n') })
}

/** What ends an answer under the user's own template. */
export function ownStops(own: OwnTemplate): readonly string[] {
  return ['</s>', `${own.bot}:`, `${own.user}:`]
}

/** The fields that the settings ask for. @throws ApiError (`refused`) for a schema that cannot be used. */
export function requestFields({ sampling, output }: Settings): Readonly<Record<string, unknown>> {
  const { penalty_prompt: penaltyPrompt, ...fields } = sampling
  return {
    ...fields,
    ...(typeof penaltyPrompt === 'string' && penaltyPrompt !== '' ? { penalty_prompt: penaltyPrompt } : {}),
    ...grammarField(output),
  }
}

function grammarField(output: Settings['output']): { grammar?: string } {
  switch (output.kind) {
    case 'free':
      return {}
    case 'grammar':
      return output.grammar.trim() === '' ? {} : { grammar: output.grammar }
    case 'json':
      try {
        return { grammar: outputGrammar(output) }
      } catch (error) {
        throw new ApiError('refused', `${t('settings.schema')}: ${error instanceof Error ? error.message : error}`)
      }
  }
}

/** The grammar of the schema; without one, of any JSON object. @throws SchemaError or SyntaxError. */
export function outputGrammar({ schema, order }: Settings['output']): string {
  const names = order.split(',').map((name) => name.trim())
  const parsed = schema.trim() === '' ? { type: 'object' } : JSON.parse(schema)
  return schemaToGrammar(parsed, { propOrder: names.filter((name) => name !== '') })
}
