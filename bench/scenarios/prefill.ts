// A long prompt, one token of answer.
import { less, more } from '../figure.ts'
import { Generation } from '../generation.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

export const prefill: Scenario = {
  name: 'prefill',
  about: '1800 words of prompt',
  flags: ['-c', '4096', '-np', '1'],
  async run({ url }, scaled) {
    await warmUp(url)
    const answer = await Generation.ofPrompt(url, englishText(200, scaled(1800)), 1).done
    return [
      more('prompt', 'tokens/s', (answer.nPromptTokens / answer.firstTokenMs) * 1000),
      less('time to first token', 'ms', answer.firstTokenMs),
    ]
  },
}
