// From what is shown to what is sent: messages for the chat API, and for a template with marks for their images. Pure.
import { type AttachmentPart, imagesOf, type Part, type ToolCallPart, textOf } from './parts.ts'
import type { Message } from './types.ts'

type WireContent = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }
type WireCall = {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}
export type WireMessage = {
  readonly role: string
  readonly content: string | readonly WireContent[]
  readonly tool_calls?: readonly WireCall[]
  readonly tool_call_id?: string
}

/** Messages for the chat API: what the model thought before stays out of it. */
export function wireMessages(path: readonly Message[], systemPrompt: string): readonly WireMessage[] {
  const system = systemPrompt.trim() === '' ? [] : [{ role: 'system', content: systemPrompt }]
  return [
    ...system,
    ...path.flatMap(({ role, parts }) => (role === 'user' ? [userMessage(parts)] : turnMessages(parts))),
  ]
}

function userMessage(parts: readonly Part[]): WireMessage {
  const images = imagesOf(parts)
  const text = textWithFiles(parts)
  if (images.length === 0) return { role: 'user', content: text }
  const shown = images.map((url): WireContent => ({ type: 'image_url', image_url: { url } }))
  return { role: 'user', content: [...shown, { type: 'text', text }] }
}

/** The turn of the model as messages: each time that it called tools, its calls and their results. */
export function turnMessages(parts: readonly Part[]): readonly WireMessage[] {
  const messages: WireMessage[] = []
  let round: Part[] = []
  const flush = () => {
    const calls = round.filter((part) => part.kind === 'tool-call')
    const content = textOf(round)
    round = []
    if (calls.length > 0) messages.push({ role: 'assistant', content, tool_calls: calls.map(wireCall) })
    else if (content !== '' || messages.length === 0) messages.push({ role: 'assistant', content })
  }
  for (const part of parts) {
    if (part.kind !== 'tool-result') {
      round.push(part)
      continue
    }
    if (round.length > 0) flush()
    messages.push({ role: 'tool', tool_call_id: part.callId, content: part.text })
  }
  if (round.length > 0 || messages.length === 0) flush()
  return messages
}

function wireCall({ id, name, arguments: json }: ToolCallPart): WireCall {
  return { id, type: 'function', function: { name, arguments: json } }
}

/** The files of a message, each under its name, before what the user wrote. */
export function textWithFiles(parts: readonly Part[]): string {
  const files = parts.filter((part) => part.kind === 'attachment').map(fileText)
  const text = textOf(parts)
  return [...files, ...(text === '' ? [] : [text])].join('\n\n')
}

export function fileText({ name, text }: Pick<AttachmentPart, 'name' | 'text'>): string {
  return `<document name="${name.replaceAll('"', "'")}">\n${text.trimEnd()}\n</document>`
}

/** What stands for an image in the text of a prompt; libmtmd's. */
const imageMark = '<__media__>'

/** What was said, with files as text and a mark for each image. */
export function markedText({ role, parts }: Message): string {
  return imageMark.repeat(imagesOf(parts).length) + (role === 'user' ? textWithFiles(parts) : textOf(parts))
}

/** Messages whose images are marks in their text, for a template. */
export function markedMessages(path: readonly Message[], systemPrompt: string): readonly WireMessage[] {
  const marked = path.map((message): Message => {
    if (imagesOf(message.parts).length === 0) return message
    return { ...message, parts: [{ kind: 'text', text: markedText(message) }] }
  })
  return wireMessages(marked, systemPrompt)
}

export type WirePrompt = string | { readonly prompt_string: string; readonly multimodal_data: readonly string[] }

/** A prompt with the images that its marks stand for. */
export function withImages(prompt: string, path: readonly Message[]): WirePrompt {
  const urls = path.flatMap(({ parts }) => imagesOf(parts))
  if (urls.length === 0) return prompt
  return { prompt_string: prompt, multimodal_data: urls.map((url) => url.slice(url.indexOf(',') + 1)) }
}
