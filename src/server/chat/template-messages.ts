// Messages of typed parts → messages in OpenAI's shape, which chat templates read.
import type { ImageFile } from '../images/image-file.ts'
import type { ChatMessage, ContentPart, ImagePart, TextPart, ToolCallPart, ToolResultPart } from './chat-request.ts'
import type { TemplateMessage } from './template/template-message.ts'

/**
 * @param marker marks the places of images in the texts.
 * @returns the images in the order of their markers.
 */
export function templateMessages(
  messages: readonly ChatMessage[],
  marker: string,
): { readonly messages: readonly TemplateMessage[]; readonly images: readonly ImageFile[] } {
  const images: ImageFile[] = []
  const contentOf = (parts: readonly ContentPart[]) => {
    const shown = parts.filter((part): part is TextPart | ImagePart => part.kind === 'text' || part.kind === 'image')
    for (const part of shown) if (part.kind === 'image') images.push(part.image)
    return joined(shown, marker)
  }
  const all = messages.flatMap(({ role, parts, extra }): TemplateMessage[] => {
    const results = parts.filter((part): part is ToolResultPart => part.kind === 'tool-result')
    const answers = results.map(({ callId, parts }) => ({
      ...extra,
      role: 'tool',
      content: contentOf(parts),
      tool_call_id: callId,
    }))
    const isMore = results.length === 0 || results.length < parts.length
    const rest = { ...extra, role, content: contentOf(parts), ...reasoningOf(parts), ...callsOf(parts) }
    return isMore ? [...answers, rest] : answers
  })
  return { messages: all, images }
}

/** Texts are put on lines of their own, images stay where they are. */
function joined(parts: readonly (TextPart | ImagePart)[], marker: string): string {
  let text = ''
  let isAfterText = false
  for (const part of parts) {
    const isText = part.kind === 'text'
    text += isText ? `${isAfterText ? '\n' : ''}${part.text}` : marker
    isAfterText = isText
  }
  return text
}

function reasoningOf(parts: readonly ContentPart[]): { readonly reasoning_content?: string } {
  const thoughts = parts.flatMap((part) => (part.kind === 'reasoning' ? [part.text] : []))
  return thoughts.length === 0 ? {} : { reasoning_content: thoughts.join('\n') }
}

function callsOf(parts: readonly ContentPart[]): Pick<TemplateMessage, 'tool_calls'> {
  const calls = parts.filter((part): part is ToolCallPart => part.kind === 'tool-call')
  if (calls.length === 0) return {}
  return {
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
  }
}
