// LoRA adapters: which are applied to whom. The judge of what comes is llama-server: scripts/record-lora-peer.ts.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { recordedAdapters, recordedPrompt, tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, enginePid, startEndless } from './generations.ts'

const model = tinyModel('tiny-llama')
const paths = [tinyAdapter('first', { alpha: 8 }), tinyAdapter('second')]
const one = await startServer('-m', model, '-c', '512', ...recordedAdapters())
const several = await startServer('-m', model, '-np', '3', '-c', '1536', ...recordedAdapters())
const unapplied = await startServer('-m', model, '--lora', paths.join(), '--lora-init-without-apply')
const without = await startServer('-m', model)

const { answers } = JSON.parse(readFileSync(new URL('recorded/lora-tiny.json', import.meta.url), 'utf8')) as Json

const scalesOf = async (url: string) => (await get(url, '/lora-adapters')).json.map(({ scale }: Json) => scale)
const set = (url: string, body: unknown) => post(url, '/lora-adapters', body)

const fields = { prompt: recordedPrompt, n_predict: 24, n_probs: 2 }
const off = { ...fields, lora: [{ id: 0, scale: 0 }] }
const first = { ...fields, lora: [{ id: 0, scale: 1 }] }
const second = { ...fields, lora: [{ id: 1, scale: 1 }] }

test('answers with adapters are those of llama-server, and each set of adapters has another one', async () => {
  for (const { name, set: change, lora, ...recorded } of answers) {
    if (change !== undefined) assert.deepEqual((await set(one.url, change)).json, { success: true })
    assertSameTokens(await complete(one.url, { ...fields, ...(lora && { lora }) }), recorded, name)
  }
  assert.equal(new Set(answers.map(({ tokens }: Json) => tokens.join())).size, answers.length)
})

test('GET /lora-adapters lists them by id; POST sets those that it names and turns the others off', async () => {
  const { status, json } = await get(several.url, '/lora-adapters')
  assert.equal(status, 200)
  const about = (id: number, name: string, scale: number) => ({
    id,
    path: paths[id],
    scale,
    task_name: `to be ${name}`,
    prompt_prefix: '',
  })
  assert.deepEqual(json, [about(0, 'first', 1), about(1, 'second', 0.5)])
  await set(several.url, [{ id: 1, scale: 2 }])
  assert.deepEqual(await scalesOf(several.url), [0, 2])
  await set(several.url, [])
  assert.deepEqual(await scalesOf(several.url), [0, 0])
  assertSameTokens(await cold(several.url, fields), await cold(without.url, fields), 'all off')
  await set(several.url, [
    { id: 1, scale: 0.5 },
    { id: 0, scale: 1 },
  ])
  assert.deepEqual(await scalesOf(several.url), [1, 0.5])
})

test('--lora-init-without-apply loads them with scale 0, for those who ask', async () => {
  assert.deepEqual(await scalesOf(unapplied.url), [0, 0])
  assertSameTokens(await cold(unapplied.url, fields), await cold(without.url, fields), 'none')
  assertSameTokens(await cold(unapplied.url, first), await cold(several.url, first), 'first')
})

test('a server without adapters has an empty list', async () => {
  assert.deepEqual((await get(without.url, '/lora-adapters')).json, [])
  assert.deepEqual((await set(without.url, [])).json, { success: true })
  assert.deepEqual((await complete(without.url, { ...fields, lora: [] })).generation_settings.lora, [])
})

test('cells that were computed with other adapters are not used, those of the same are', async () => {
  const slot = { id_slot: 0 }
  const nCached = async (body: object) => (await complete(several.url, { ...body, ...slot })).timings.cache_n
  await cold(several.url, { ...first, ...slot })
  assert.ok((await nCached(first)) > 0)
  const fresh = await cold(unapplied.url, second)
  const answer = await complete(several.url, { ...second, ...slot })
  assert.equal(answer.timings.cache_n, 0)
  assertSameTokens(answer, fresh, 'after another adapter')
  assert.ok((await nCached(second)) > 0)
  assert.equal(await nCached({ ...second, lora: [{ id: 1, scale: 0.9 }] }), 0)
})

test('a change is for requests that come later: one that runs goes on as it began', async () => {
  await set(several.url, [{ id: 0, scale: 1 }])
  const long = { ...fields, n_predict: 120, stream: false }
  const alone = await cold(unapplied.url, { ...long, lora: first.lora })
  const running = complete(several.url, long)
  await complete(several.url, { prompt: 'x', n_predict: 1 }) // the other one was accepted before
  await set(several.url, [{ id: 1, scale: 1 }])
  const after = complete(several.url, fields)
  assertSameTokens(await running, alone, 'before the change')
  assertSameTokens(await after, await cold(unapplied.url, second), 'after the change')
})

test('requests with different adapters run beside each other, each with its own', async () => {
  const bodies = [off, first, second, { ...fields, lora: [{ id: 0, scale: 0.5 }] }, first, second]
  const alone: Json[] = []
  for (const body of bodies) alone.push(await cold(unapplied.url, body))
  const together = await Promise.all(bodies.map((body) => cold(several.url, body)))
  together.forEach((answer, i) => {
    assertSameTokens(answer, alone[i], `body ${i}`)
  })
})

test('a stream without end with one adapter does not keep others waiting', async () => {
  const endless = await startEndless(several.url, { prompt: 'The people', lora: first.lora })
  const nBefore = endless.events.length
  assertSameTokens(await cold(several.url, second), await cold(unapplied.url, second), 'beside a stream')
  assert.ok(endless.events.length > nBefore, 'the stream went on')
  endless.leave()
  await endless.ended
})

test('the system prompt is computed with the adapters of the server, and anew for others', async () => {
  await set(several.url, [{ id: 0, scale: 1 }])
  await complete(several.url, { prompt: 'x', n_predict: 1, system_prompt: { prompt: 'They have been here before.' } })
  const prompt = 'They have been here before.'
  const asIs = await complete(several.url, { ...fields, prompt: ' So', n_predict: 8 })
  assert.ok(asIs.timings.cache_n > 0)
  const other = await complete(several.url, { ...second, prompt: ' So', n_predict: 8, id_slot: 2 })
  // a few tokens may come from a stream that the other adapter has computed, never the system prompt of this one
  assert.ok(other.timings.cache_n < asIs.timings.cache_n, `${other.timings.cache_n} cached`)
  const ids = async (content: string, add_special: boolean) =>
    (await post(unapplied.url, '/tokenize', { content, add_special })).json.tokens
  const whole = [...(await ids(prompt, true)), ...(await ids(' So', false))]
  assertSameTokens(other, await cold(unapplied.url, { ...second, prompt: whole, n_predict: 8 }), 'other adapter')
  assertSameTokens(asIs, await cold(unapplied.url, { ...first, prompt: whole, n_predict: 8 }), 'adapter of the server')
  await complete(several.url, { prompt: 'x', n_predict: 1, system_prompt: { prompt: '' } })
})

test('what is wrong is refused by name, and changes nothing', async () => {
  const before = await scalesOf(several.url)
  const pid = await enginePid(several.url)
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[{ id: 2, scale: 1 }], /"[^"]*\[0\]\.id": 2 is not the id of one of the 2 LoRA adapters/],
    [[{ id: -1, scale: 1 }], /id": -1 is not 0 or more/],
    [[{ id: 0.5, scale: 1 }], /id": 0.5 is not an integer/],
    [[{ id: '0', scale: 1 }], /id": "0" is not an integer/],
    [[{ id: 0 }], /scale" is missing/],
    [[{ scale: 1 }], /id" is missing/],
    [[{ id: 0, scale: '1' }], /scale": "1" is not a number/],
    [[{ id: 0, scale: null }], /scale": null is not a number/],
    [[{ id: 0, scale: 10_001 }], /scale": 10001 is not in \[-10000, 10000\]/],
    [[{ id: 0, scale: 1, name: 'x' }], /name": there is no such field/],
    [
      [
        { id: 0, scale: 1 },
        { id: 0, scale: 1 },
      ],
      /\[1\]\.id": 0 is named twice/,
    ],
    [[0], /0 is not an object/],
    [{ id: 0, scale: 1 }, /is not an? (JSON )?array/],
    ['all', /is not an? (JSON )?array/],
  ]
  for (const [value, sentence] of wrong) {
    const bodies = [
      await post(several.url, '/completion', { ...fields, lora: value }),
      await set(several.url, JSON.stringify(value)),
    ]
    for (const { status, json } of bodies) {
      assert.equal(status, 400, JSON.stringify(value))
      assert.match(json.error.message, sentence, JSON.stringify(value))
    }
  }
  const { status, json } = await set(several.url, 'null')
  assert.equal(status, 400, JSON.stringify(json))
  assert.equal((await post(without.url, '/completion', first)).status, 400)
  assert.deepEqual(await scalesOf(several.url), before)
  assert.equal(await enginePid(several.url), pid)
})

test('scales so large that no number is left do not end the engine', async () => {
  const pid = await enginePid(several.url)
  for (const scale of [1000, 10_000, -10_000]) {
    for (const more of [{}, { temperature: 0.8 }, { grammar: 'root ::= [a-z ]+' }, { mirostat: 2, temperature: 1 }]) {
      const { status } = await post(several.url, '/completion', { ...fields, ...more, lora: [{ id: 0, scale }] })
      assert.ok(status === 200 || status === 400, `${status}`)
    }
  }
  assertSameTokens(await complete(several.url, second), await cold(unapplied.url, second), 'afterwards')
  assert.equal(await enginePid(several.url), pid)
})
