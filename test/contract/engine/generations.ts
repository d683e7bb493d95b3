// What the tests of the engine share: requests whose answers can be compared token by token, and prompts for them.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../support/random.ts'
import { get, type Json, post, streamEvents } from '../../support/server.ts'

/** The likeliest token each time, no end of its own: the same text whenever the model sees the same tokens. */
export const greedy = { temperature: 0, repeat_penalty: 1, ignore_eos: true, return_tokens: true } as const

/** The tiny models' first token id that is a piece of text; control and byte tokens come before. */
const firstPiece = 261

/** Random pieces of text as token ids. */
export function randomTokens(random: () => number, n: number, nVocab = 500): number[] {
  return Array.from({ length: n }, () => firstPiece + Math.floor(random() * (nVocab - firstPiece)))
}

/** A generator whose seed is printed, so that a failure can be made again: CRIA_TEST_SEED=N. */
export function printedRandom(name: string): () => number {
  const seed = Number(process.env.CRIA_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: CRIA_TEST_SEED=${seed}`)
  return seededRandom(seed)
}

/** A completion that must succeed. */
export async function complete(url: string, body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { ...greedy, ...body })
  if (status !== 200) throw new Error(`/completion ${status}: ${JSON.stringify(json)}`)
  return json
}

/** The same, computed from nothing. */
export function cold(url: string, body: object): Promise<Json> {
  return complete(url, { ...body, cache_prompt: false })
}

/** Builds and batch shapes differ in the last bits: a margin of the two likeliest tokens that this cannot turn. */
const clearMargin = 0.03

/**
 * Both answers have the same tokens, or part where the two likeliest were nearly equal.
 * Both were asked with `n_probs` 2 or more.
 */
export function assertSameTokens(actual: Json, expected: Json, what: string): void {
  const at = expected.tokens.findIndex((token: number, i: number) => token !== actual.tokens[i])
  if (at < 0) return
  const [first, second] = expected.completion_probabilities[at]?.top_logprobs ?? []
  const margin = first === undefined ? Number.POSITIVE_INFINITY : first.logprob - second.logprob
  const isNearTie = margin < clearMargin && [first.id, second.id].includes(actual.tokens[at])
  assert.ok(
    isNearTie,
    `${what}: token ${at} is ${actual.tokens[at]}, not ${expected.tokens[at]}; the margin is ${margin}`,
  )
}

export type Endless = {
  readonly slotId: number
  /** The client goes away. */
  readonly leave: () => void
  /** The data of all events so far. */
  readonly events: readonly Json[]
  readonly ended: Promise<void>
}

/** As long as a generation may be that keeps its slot while others wait: with more, a full context ends it. */
export async function longest(url: string): Promise<number> {
  return 16 * (await get(url, '/props')).json.default_generation_settings.n_ctx
}

/** A stream that is long enough to hold its slot; it is running when this returns. */
export async function startEndless(url: string, body: object): Promise<Endless> {
  const n_predict = await longest(url)
  const client = new AbortController()
  const events: Json[] = []
  const iterator = streamEvents(url, '/completion', { ...greedy, n_predict, ...body }, client.signal)
  const first = await iterator.next()
  events.push(first.value)
  const read = async () => {
    for await (const event of iterator) events.push(event)
  }
  const ended = read().catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
  return { slotId: events[0].slot_id, leave: () => client.abort(), events, ended }
}

/** A bound that only what hangs comes to: on a busy machine everything else may take its time. */
export const patienceMs = 60_000

/** The answer, or a failure that says what did not come. @param ms see patienceMs. */
export async function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  const clock = new AbortController()
  const late = sleep(ms, undefined, { signal: clock.signal }).then(() => {
    throw new Error(`${what} did not come within ${ms} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    clock.abort()
  }
}

/** Waits until the condition holds. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, ms = patienceMs): Promise<void> {
  const end = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: still not after ${ms} ms`)
    await sleep(5)
  }
}

/** What /metrics of a server with --metrics says of the requests: those with a slot, those that wait for one. */
export async function requestsAt(url: string): Promise<{ nRunning: number; nWaiting: number }> {
  const [nRunning, nWaiting] = await Promise.all([
    metricOf(url, 'llamacpp:requests_processing'),
    metricOf(url, 'llamacpp:requests_deferred'),
  ])
  return { nRunning, nWaiting }
}

export async function metricOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** The generated tokens of each answered /completion, in the order in which the answers were sent, as the log has it. */
export function answersInLog(output: string): number[] {
  return [...output.matchAll(/POST \/completion 200 .* (\d+) out/g)].map((match) => Number(match[1]))
}

/** The id of the engine's process. */
export async function enginePid(url: string): Promise<number> {
  return (await get(url, '/props')).json.engine.pid
}
