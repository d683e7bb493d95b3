// A stream is running when two long prompts arrive: how long it pauses, and how long they wait.
import { less, median } from '../figure.ts'
import { Generation } from '../generation.ts'
import { isOver, longestGap, someTokens } from '../running-stream.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

export const fairness: Scenario = {
  name: 'fairness',
  about: 'a running stream beside two prompts of 1500 words',
  flags: ['-c', '16384', '-np', '4'],
  async run({ url }, scaled) {
    await warmUp(url)
    const stream = Generation.ofPrompt(url, englishText(400, scaled(40)), scaled(2000))
    await someTokens(stream, 8)

    const sentMs = performance.now()
    const started = [1, 2].map((i) => Generation.ofPrompt(url, englishText(400 + i, scaled(1500)), scaled(8)))
    const others = await Promise.all(started.map(({ done }) => done))
    const endMs = performance.now()
    const hasLasted = !(await isOver(stream))
    stream.stop()
    await stream.done
    const lastMs = Math.max(...others.map((other) => other.startMs + other.firstTokenMs))
    if (!hasLasted && stream.arrivalsMs.at(-1)! < lastMs) throw new Error('the stream ended before the prompts began')

    return [
      less('longest gap of the stream', 'ms', longestGap(stream.arrivalsMs, sentMs, hasLasted ? endMs : undefined)),
      less('time to first token of the prompts, median', 'ms', median(others.map((other) => other.firstTokenMs))),
      less('time to first token of the prompts, later one', 'ms', Math.max(...others.map((o) => o.firstTokenMs))),
    ]
  },
}
