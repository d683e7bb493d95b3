// Requests that need no decode, sent while one is always running: does the front end stay quick?
import { setTimeout as sleep } from 'node:timers/promises'
import { less, more, quantile } from '../figure.ts'
import { Generation } from '../generation.ts'
import { readAll, send, sendForJson } from '../http.ts'
import type { Scenario } from '../scenario.ts'
import { englishText } from '../text.ts'
import { warmUp } from '../warm-up.ts'

const nTokenizers = 4

export const frontend: Scenario = {
  name: 'frontend',
  about: `/health, then /tokenize of 150 words by ${nTokenizers} clients, beside a stream, 3 s each`,
  flags: ['-c', '4096', '-np', '1'],
  async run({ url }, scaled) {
    await warmUp(url)
    return whileDecoding(url, scaled(500), async () => {
      const healthMs = await healthTimes(url, scaled(3000))
      const rate = await tokenizeRate(url, englishText(600, scaled(150)), scaled(3000))
      return [
        less('/health, p99', 'ms', quantile(healthMs, 0.99)),
        more(`/tokenize, ${nTokenizers} clients`, 'requests/s', rate),
      ]
    })
  },
}

/** @throws the error of `work` or of the stream beside it. */
async function whileDecoding<T>(url: string, nPredict: number, work: () => Promise<T>): Promise<T> {
  let isOver = false
  let current: Generation | undefined
  const decodeOn = async () => {
    while (!isOver) {
      current = Generation.ofPrompt(url, englishText(610, 20), nPredict)
      await current.done
    }
  }
  const stream = decodeOn()
  stream.catch(() => {}) // awaited below
  try {
    return await work()
  } finally {
    isOver = true
    current?.stop()
    await stream
  }
}

async function healthTimes(url: string, durationMs: number): Promise<number[]> {
  const times: number[] = []
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    const startMs = performance.now()
    await readAll(await send(`${url}/health`, undefined, { keepAlive: true }))
    times.push(performance.now() - startMs)
    await sleep(5)
  }
  return times
}

async function tokenizeRate(url: string, content: string, durationMs: number): Promise<number> {
  const startMs = performance.now()
  let nAnswers = 0
  const askOn = async () => {
    while (performance.now() - startMs < durationMs) {
      await sendForJson(`${url}/tokenize`, { content }, { keepAlive: true })
      nAnswers++
    }
  }
  await Promise.all(Array.from({ length: nTokenizers }, askOn))
  return (nAnswers / (performance.now() - startMs)) * 1000
}
