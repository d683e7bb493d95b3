// One stream and nothing else.
import { less, more, quantile } from '../figure.ts'
import { Generation } from '../generation.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

export const single: Scenario = {
  name: 'single',
  about: 'one stream: 100 words of prompt, 192 tokens of answer',
  flags: ['-c', '4096', '-np', '1'],
  async run({ url }, scaled) {
    await warmUp(url)
    const answer = await Generation.ofPrompt(url, englishText(100, scaled(100)), scaled(192)).done
    return [
      more('decode', 'tokens/s', answer.decodeRate),
      less('time to first token', 'ms', answer.firstTokenMs),
      less('gap between tokens, p99', 'ms', quantile(answer.gapsMs, 0.99)),
    ]
  },
}
