// An answer that has already begun: the prompt ends where the answer ends.
import { asParts, type Content, type Continuation, type TemplateMessage } from './template-message.ts'

/** Whether the answer continues the last message by default. */
export function continuesByDefault(messages: readonly TemplateMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.tool_calls === undefined
}

/**
 * The prompt of a conversation whose last message is unfinished. The template writes that message
 * with a mark at its end, so it gets the frame that the template gives to answers, and the rest is
 * cut off. If a template does not show the mark, it opens an answer, and the message follows it.
 */
export function renderContinued(
  messages: readonly TemplateMessage[],
  continuation: Continuation,
  reasoningKey: string,
  render: (messages: readonly TemplateMessage[], addGenerationPrompt: boolean) => string,
): string {
  const last = messages.at(-1)!
  const thought = last[reasoningKey]
  const isThinking =
    typeof thought === 'string' &&
    (continuation === 'reasoning_content' || (continuation !== 'content' && thought !== '' && textOf(last) === ''))
  const mark = freshMark(messages)
  const marked = isThinking
    ? { ...last, [reasoningKey]: thought + mark }
    : { ...last, content: markedContent(last, mark) }
  let refusal: unknown
  try {
    const whole = render([...messages.slice(0, -1), marked], false)
    const end = whole.lastIndexOf(mark)
    if (end >= 0) return whole.slice(0, end)
  } catch (error) {
    refusal = error
  }
  try {
    return render(messages.slice(0, -1), true) + (isThinking ? thought : textOf(last))
  } catch (error) {
    throw refusal ?? error
  }
}

function textOf({ content = '' }: TemplateMessage): string {
  return asParts(content ?? '')
    .map(({ text = '' }) => text)
    .join('\n')
}

function markedContent({ content }: TemplateMessage, mark: string): Content {
  if (typeof content === 'string' || !content) return (content ?? '') + mark
  const end = content.at(-1)
  if (end?.text === undefined) return [...content, { type: 'text', text: mark }]
  return [...content.slice(0, -1), { ...end, text: end.text + mark }]
}

/** A word that does not occur in the conversation. */
function freshMark(messages: readonly TemplateMessage[]): string {
  const all = JSON.stringify(messages)
  let mark = 'CriaGoesOnHere'
  while (all.includes(mark)) mark += 'X'
  return mark
}
