// npm run kill -- [--kills N] [--model FILE]: kills the engine at a random moment under 8 streams
// and 20 requests that wait, again and again. Each round is compared with one that was left in
// peace: nothing may be lost or doubled.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { smollm2 } from '../test/support/smollm2.ts'
import { contestant } from './contestant.ts'
import { sendForEvents } from './http.ts'
import { Server } from './server.ts'

const nSlots = 8
const nRequests = 28
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, model: { type: 'string' } } })
const nKills = Number(values.kills)

type Result = { readonly text: string; readonly nTokens: number; readonly error: string; readonly maxGapMs: number }

const bodies = Array.from({ length: nRequests }, (_, i) => ({
  prompt: `${i + 1}. Once upon a time, when the world was young,`,
  n_predict: 32,
  ignore_eos: true,
  repeat_penalty: 1,
  temperature: i % 2 === 0 ? 0 : 0.8, // every other one is sampled
  seed: i,
  stream: true,
  return_tokens: true,
}))

type Event = {
  readonly content?: string
  readonly tokens?: readonly number[]
  readonly error?: { readonly message: string }
}

async function request(url: string, body: object): Promise<Result> {
  let [text, nTokens, error, maxGapMs] = ['', 0, '', 0]
  let lastAt: number | undefined
  try {
    for await (const given of sendForEvents(`${url}/completion`, body)) {
      const event = given as Event
      error = event.error?.message ?? error
      text += event.content ?? ''
      nTokens += event.tokens?.length ?? 0
      const now = performance.now()
      maxGapMs = Math.max(maxGapMs, now - (lastAt ?? now))
      lastAt = now
    }
  } catch (thrown) {
    error = String(thrown)
  }
  return { text, nTokens, error, maxGapMs }
}

let killedPid = 0

/** Waits until the next engine is there. */
async function enginePid(url: string): Promise<number> {
  for (;;) {
    const response = await fetch(`${url}/props`)
    const pid = response.ok ? ((await response.json()) as { engine: { pid: number } }).engine.pid : killedPid
    if (pid !== killedPid) return pid
    await sleep(20)
  }
}

/** @param killAfterMs undefined: the round is left in peace. */
async function round(url: string, killAfterMs?: number): Promise<{ results: Result[]; ms: number }> {
  const pid = await enginePid(url)
  const startedAt = performance.now()
  const running = bodies.map((body) => request(url, body))
  if (killAfterMs !== undefined) {
    await sleep(killAfterMs)
    process.kill(pid, 'SIGKILL')
    killedPid = pid
  }
  return { results: await Promise.all(running), ms: performance.now() - startedAt }
}

const differing = (results: readonly Result[], others: readonly Result[]) =>
  results.filter(({ text }, i) => text !== others[i]!.text).length

const percent = (n: number, of: number) => `${((100 * n) / of).toFixed(1)} %`

const model = values.model ?? (await smollm2())
const flags = ['-m', model, '-np', String(nSlots), '-c', String(nSlots * 512), '-t', '1']
const server = await Server.start(contestant('Cria', program), flags)
try {
  await round(server.url) // warms up
  const expected = await round(server.url)
  const again = await round(server.url)
  const inPeace = differing(again.results, expected.results)
  let [nLost, nWrongLength, nDifferent] = [0, 0, 0]
  const gaps: number[] = []
  for (let i = 0; i < nKills; i++) {
    const { results } = await round(server.url, Math.random() * expected.ms * 0.9)
    nLost += results.filter(({ error }) => error !== '').length
    nWrongLength += results.filter(
      ({ error, nTokens }, j) => error === '' && nTokens !== expected.results[j]!.nTokens,
    ).length
    nDifferent += differing(results, expected.results)
    gaps.push(Math.max(...results.map(({ maxGapMs }) => maxGapMs)))
    console.log(`kill ${i + 1} of ${nKills}: ${nLost} lost, longest pause ${Math.round(gaps.at(-1)!)} ms`)
  }
  gaps.sort((a, b) => a - b)
  const at = (part: number) => `${Math.round(gaps[Math.min(gaps.length - 1, Math.floor(part * gaps.length))]!)} ms`
  const nAll = nKills * nRequests
  console.log(`${nKills} kills, ${nAll} requests: ${nLost} lost, ${nWrongLength} with missing or doubled tokens`)
  console.log(`texts that differ: ${percent(nDifferent, nAll)}; without a kill: ${percent(inPeace, nRequests)}`)
  console.log(`longest pause of a stream in a round: median ${at(0.5)}, p99 ${at(0.99)}`)
  process.exitCode = nLost + nWrongLength === 0 ? 0 : 1
} finally {
  await server.stop()
}
