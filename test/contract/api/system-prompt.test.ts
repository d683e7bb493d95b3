// `system_prompt` of a request and -spf: one prefix for all slots, computed once, with the only BOS.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { get, post, runProgram, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, startEndless } from '../engine/generations.ts'

const model = tinyModel('tiny-llama') // adds BOS
const nSlots = 3
const dir = mkdtempSync(join(tmpdir(), 'cria-system-'))
const file = join(dir, 'system.json')
writeFileSync(file, JSON.stringify({ prompt: 'From the file', anti_prompt: 'Q:', assistant_name: 'Llama:' }))

const server = await startServer('-m', model, '-np', String(nSlots), '-c', '1536')
const fresh = await startServer('-m', model, '-np', '1', '-c', '512')
const fromFile = await startServer('-m', model, '-np', '2', '-c', '512', '-spf', file)

const system = {
  prompt: 'A conversation between the two of them. '.repeat(4),
  anti_prompt: 'User:',
  assistant_name: 'Bot:',
}
const fields = { n_predict: 12, n_probs: 2 }

async function tokensOf(text: string): Promise<number[]> {
  return (await post(server.url, '/tokenize', { content: text })).json.tokens
}

test('a request sets it for all: computed once, copied to every slot, told by /props', async () => {
  const before = await get(server.url, '/props')
  assert.deepEqual([before.json.assistant_name, before.json.anti_prompt], ['', ''])
  const empty = await post(server.url, '/completion', { system_prompt: system, prompt: '' })
  assert.deepEqual([empty.status, empty.json.content], [200, ''])
  const { json } = await get(server.url, '/props')
  assert.deepEqual(
    [json.assistant_name, json.anti_prompt, json.user_name, json.system_prompt],
    ['Bot:', 'User:', 'User:', system.prompt],
  )
  const nSystem = 1 + (await tokensOf(` ${system.prompt}`)).length
  for (let slot = 0; slot < nSlots; slot++) {
    const answer = await complete(server.url, { ...fields, prompt: 'User: hello', slot_id: slot, cache_prompt: false })
    assert.ok(Math.abs(answer.timings.cache_n - nSystem) <= 1, `slot ${slot}: ${answer.timings.cache_n} of ${nSystem}`)
  }
})

test('the text is that of both prompts in one, with one BOS', async () => {
  const bos = 1
  const systemIds = [bos, ...(await systemTokens())]
  for (const prompt of ['User: hello', await tokensOf('User: hello')]) {
    const behind = await complete(server.url, { ...fields, prompt })
    const own = typeof prompt === 'string' ? await promptTokens(prompt) : prompt
    const reference = await cold(fresh.url, { ...fields, prompt: [...systemIds, ...own] })
    assertSameTokens(behind, reference, JSON.stringify(prompt))
    assert.equal(behind.tokens_evaluated, reference.tokens_evaluated)
  }
})

/** Ids as the tokenizer makes them at the start of a text, without BOS. */
async function systemTokens(): Promise<number[]> {
  return (await post(server.url, '/tokenize', { content: system.prompt, add_special: true })).json.tokens.slice(1)
}

async function promptTokens(text: string): Promise<number[]> {
  return (await post(server.url, '/tokenize', { content: text, add_special: true })).json.tokens.slice(1)
}

test('a change is there at once beside a stream without an end, and what comes later follows it', async () => {
  const running = await startEndless(server.url, { prompt: 'On and on' })
  const other = { prompt: 'Something else', assistant_name: 'Other:' }
  const changed = post(server.url, '/completion', { system_prompt: other, prompt: '' })
  const answer = await complete(server.url, { ...fields, prompt: 'later' })
  await changed
  assert.equal((await get(server.url, '/props')).json.assistant_name, 'Other:')
  const whole = [...(await promptIds('Something else')), ...(await promptTokens('later'))]
  assertSameTokens(answer, await cold(fresh.url, { ...fields, prompt: whole }), 'later')
  assert.ok(
    running.events.every(({ stop }) => !stop),
    'the stream goes on',
  )
  running.leave()
})

test('where every slot is busy a change waits for none of them', async () => {
  const busy = await startEndless(fresh.url, { prompt: 'On and on' })
  const changed = await post(fresh.url, '/completion', { system_prompt: { prompt: 'At once' }, prompt: '' })
  assert.equal(changed.status, 200)
  assert.equal((await get(fresh.url, '/props')).json.system_prompt, 'At once')
  busy.leave()
})

async function promptIds(text: string): Promise<number[]> {
  return (await post(server.url, '/tokenize', { content: text, add_special: true })).json.tokens
}

test('n_keep counts from behind the system prompt, and a context shift keeps it', async () => {
  await post(fresh.url, '/completion', { system_prompt: { prompt: 'Keep this' }, prompt: '' })
  const shifted = await complete(fresh.url, { prompt: 'and go on', n_predict: 700, ignore_eos: true })
  assert.equal(shifted.truncated, true)
  const next = await complete(fresh.url, { prompt: 'again', n_predict: 1 })
  assert.ok(next.timings.cache_n >= (await promptIds('Keep this')).length)
})

test('an empty prompt ends it', async () => {
  const answer = await post(fresh.url, '/completion', { system_prompt: { prompt: '' }, prompt: 'x', n_predict: 1 })
  assert.equal(answer.json.tokens_evaluated, (await promptIds('x')).length)
  assert.equal((await get(fresh.url, '/props')).json.system_prompt, '')
})

test('-spf has it from the start, in /v1 too', async () => {
  const { json } = await get(fromFile.url, '/props')
  assert.deepEqual([json.assistant_name, json.user_name, json.system_prompt], ['Llama:', 'Q:', 'From the file'])
  const nSystem = (await promptIds('From the file')).length
  const first = await complete(fromFile.url, { prompt: 'x', n_predict: 1, slot_id: 1 })
  assert.equal(first.timings.cache_n, nSystem)
  const chat = await post(fromFile.url, '/v1/completions', { prompt: 'x', max_tokens: 1 })
  assert.equal(chat.json.usage.prompt_tokens, first.tokens_evaluated)
})

test('-spf takes the file that the specification shows, with system_prompt around it as in a request', async () => {
  const path = fileURLToPath(new URL('../../../examples/system-prompt.json', import.meta.url))
  const { url } = await startServer('-m', model, '-spf', path, '-c', '4096')
  const { json } = await get(url, '/props')
  assert.deepEqual([json.assistant_name, json.anti_prompt], ['Assistant:', 'User:'])
  assert.match(json.system_prompt, /^Transcript of a never ending dialog.*\nUser:$/s)
})

test('bad ones are refused and change nothing', async () => {
  for (const given of ['text', { anti_prompt: 'x' }, { prompt: 5 }, { prompt: 'x', name: 'y' }, []]) {
    const { status, json } = await post(server.url, '/completion', { system_prompt: given, prompt: 'x' })
    assert.equal(status, 400, JSON.stringify(given))
    assert.match(json.error.message, /"system_prompt/)
  }
  const long = await post(server.url, '/completion', { system_prompt: { prompt: 'many '.repeat(600) }, prompt: 'x' })
  assert.deepEqual([long.status, long.json.error.type], [400, 'exceed_context_size_error'])
  assert.equal((await get(server.url, '/props')).json.system_prompt, 'Something else')
})

test('a bad file ends the start with the reason', async () => {
  const bad = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const cases = [
    [join(dir, 'none.json'), /cannot be read/],
    [bad('text.json', 'hello'), /is not JSON/],
    [bad('list.json', '[]'), /is not an object with "prompt"/],
    [bad('null.json', 'null'), /is not an object with "prompt"/],
    [bad('wrapped.json', '{"system_prompt": {"anti_prompt": "x"}}'), /is not an object with "prompt"/],
    [bad('more.json', '{"system_prompt": {"prompt": "x"}, "prompt": "y"}'), /is not an object with "prompt"/],
    [bad('long.json', JSON.stringify({ prompt: 'many '.repeat(6000) })), /more than half of a slot/],
  ] as const
  for (const [path, expected] of cases) {
    const { code, stderr } = await runProgram(['-m', model, '-c', '512', '--port', '0', '-spf', path])
    assert.equal(code, 1, path)
    assert.match(stderr, expected)
  }
})
