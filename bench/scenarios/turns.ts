// Conversations that grow: of a later turn, all but the last message has been computed before.
// There are more conversations than slots, and they take turns.
import { less, median } from '../figure.ts'
import { Generation, type Message } from '../generation.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

const nConversations = 4
const nTurns = 4

export const turns: Scenario = {
  name: 'turns',
  about: `${nConversations} conversations of ${nTurns} turns by turns on 2 slots, one system prompt of 300 words`,
  flags: ['-c', '16384', '-np', '2'],
  async run({ url }, scaled) {
    await warmUp(url)
    const conversations = Array.from({ length: nConversations }, (_, i): Message[] => [
      { role: 'system', content: englishText(500, scaled(300)) },
      { role: 'user', content: englishText(510 + i, scaled(200)) },
    ])
    const laterMs: number[] = []
    for (let turn = 0; turn < nTurns; turn++) {
      for (const messages of conversations) {
        const answer = await Generation.ofChat(url, messages, 12).done
        if (turn > 0) laterMs.push(answer.firstTokenMs)
        messages.push({ role: 'assistant', content: answer.text })
        messages.push({ role: 'user', content: englishText(520 + turn, scaled(30)) })
      }
    }
    return [
      less('time to first token of later turns, median', 'ms', median(laterMs)),
      less('time to first token of later turns, longest', 'ms', Math.max(...laterMs)),
    ]
  },
}
