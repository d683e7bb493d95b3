// A stream is running while another slot is saved and restored: how long that takes, and how long
// the stream pauses.
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { less, median } from '../figure.ts'
import { Generation } from '../generation.ts'
import { sendForJson } from '../http.ts'
import { someTokens } from '../running-stream.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

const nTimes = 5

export const slotFiles: Scenario = {
  name: 'slotFiles',
  about: 'a running stream beside a slot of 2500 words that is saved and restored five times',
  flags: ['-c', '16384', '-np', '2', '--slot-save-path', tmpdir()],
  async run({ url }, scaled) {
    await warmUp(url)
    const filename = `cria-bench-slot-${process.pid}.bin`
    const prompt = englishText(700, scaled(2500))
    await sendForJson(`${url}/completion`, { prompt, n_predict: 1, id_slot: 1 })
    const stream = Generation.ofPrompt(url, englishText(701, scaled(40)), scaled(2000))
    await someTokens(stream, 20)
    const tookMs: Record<string, number[]> = { save: [], restore: [] }
    const beganMs = performance.now()
    for (let i = 0; i < nTimes; i++) {
      for (const action of ['save', 'restore']) {
        const sentMs = performance.now()
        await sendForJson(`${url}/slots/1?action=${action}`, { filename })
        tookMs[action]!.push(performance.now() - sentMs)
        await sleep(200)
      }
    }
    stream.stop()
    await stream.done
    rmSync(join(tmpdir(), filename), { force: true })
    const gaps = stream.gapsMs.filter((_, i) => stream.arrivalsMs[i + 1]! > beganMs)
    return [
      less('time to save', 'ms', median(tookMs.save!)),
      less('time to restore', 'ms', median(tookMs.restore!)),
      less('gap of the stream, median', 'ms', median(gaps)),
      less('longest gap of the stream', 'ms', Math.max(...gaps)),
    ]
  },
}
