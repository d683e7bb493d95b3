// Eight streams at once on eight slots.
import { less, median, more } from '../figure.ts'
import { Generation } from '../generation.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

export const concurrent8: Scenario = {
  name: 'concurrent8',
  about: '8 streams at once: 60 words of prompt, 96 tokens of answer each',
  flags: ['-c', '8192', '-np', '8'],
  async run({ url }, scaled) {
    await warmUp(url)
    const startMs = performance.now()
    const started = Array.from({ length: 8 }, (_, i) =>
      Generation.ofPrompt(url, englishText(300 + i, scaled(60)), scaled(96)),
    )
    const answers = await Promise.all(started.map(({ done }) => done))
    const seconds = (performance.now() - startMs) / 1000
    const nTokens = answers.reduce((sum, answer) => sum + answer.nTokens, 0)
    return [
      more('all streams', 'tokens/s', nTokens / seconds),
      less('time to first token, median', 'ms', median(answers.map((answer) => answer.firstTokenMs))),
    ]
  },
}
