// Titles that the model writes, after the first answer of a chat, where the user wants that.
import { generate } from '../api/generation.ts'
import { settings } from '../settings/settings.ts'
import { onAnswerEnd } from './answering.ts'
import { changeConversation, conversationOf, pathOf } from './library.ts'
import { textOf } from './parts.ts'
import { titleOf } from './types.ts'

const question =
  'Write a title for the conversation above, of at most six words, in its language. Answer with the title alone.'
/** Of each message: the beginning says what it is about. */
const maxCharacters = 2000

onAnswerEnd(({ conversationId }, hasFailed) => {
  if (settings().writesTitles && !hasFailed) void writeTitle(conversationId).catch(() => {}) // the first line stays
})

async function writeTitle(id: string): Promise<void> {
  const path = await pathOf(id)
  const title = conversationOf(id)?.title
  const [first, second] = path
  // a title that the user gave stays
  if (path.length !== 2 || first === undefined || second === undefined || title !== titleOf(textOf(first.parts))) return
  const messages = [first, second].map(({ role, parts }) => ({ role, content: textOf(parts).slice(0, maxCharacters) }))
  const body = {
    messages: [...messages, { role: 'user', content: question }],
    n_predict: 24,
    temperature: 0.2,
    chat_template_kwargs: { enable_thinking: false },
  }
  let written = ''
  for await (const event of generate('v1/chat/completions', body, new AbortController().signal)) {
    if (event.kind === 'text') written += event.text
  }
  const better = titleOf(written.replaceAll(/["“”„*]|^title:\s*/gi, ''))
  if (better !== '' && conversationOf(id)?.title === title) await changeConversation(id, { title: better })
}
