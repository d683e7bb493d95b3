// Questions about a picture: how soon the first and the second are answered, and how a stream runs
// beside the first.

import { gradient, packPng } from '../../test/support/pictures.ts'
import { slowProjector } from '../../test/support/vision-models.ts'
import { less, median, more } from '../figure.ts'
import { Generation, type Message } from '../generation.ts'
import { isOver, longestGap, someTokens } from '../running-stream.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

export const picture: Scenario = {
  name: 'picture',
  about: 'two questions about one picture of 576 rows, and a stream beside a third; for SmolLM2-135M',
  get flags() {
    return ['-c', '8192', '-np', '2', '--mmproj', slowProjector()]
  },
  async run({ url }, scaled) {
    await warmUp(url)
    const [known, fresh] = [pngUrl(640, 480), pngUrl(480, 640)]
    const ask = (picture: string, question: string, fields: object = {}) =>
      Generation.ofChat(url, about(picture, question), 2, fields).done
    const first = await ask(known, 'What is this?')
    const second = await ask(known, 'Which colours?')
    // encoded already, computed again
    const again = await ask(known, 'Which shapes?', { cache_prompt: false })

    const stream = Generation.ofPrompt(url, englishText(500, scaled(40)), scaled(2000))
    await someTokens(stream, 60)
    const sentMs = performance.now()
    const usualMs = median(stream.gapsMs)!
    const beside = await ask(fresh, 'What is this?')
    const endMs = beside.startMs + beside.firstTokenMs
    if (await isOver(stream)) throw new Error('the stream ended before the question was answered')
    stream.stop()
    await stream.done

    const gapMs = longestGap(stream.arrivalsMs, sentMs, endMs)
    return [
      less('first token of the first question', 'ms', first.firstTokenMs),
      less('first token of the second question', 'ms', second.firstTokenMs),
      more('times sooner', '×', first.firstTokenMs / second.firstTokenMs),
      less('computing the rows of the picture, encoded before', 'ms', again.firstTokenMs),
      less('usual gap of the stream', 'ms', usualMs),
      less('longest gap beside a new picture', 'ms', gapMs),
      less('first token of the question beside the stream', 'ms', beside.firstTokenMs),
    ]
  },
}

function about(url: string, text: string): Message[] {
  const content = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text },
  ] as const
  return [{ role: 'user', content }]
}

function pngUrl(width: number, height: number): string {
  return `data:image/png;base64,${packPng(width, height, gradient(width, height)).toString('base64')}`
}
