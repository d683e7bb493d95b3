// What the log of a start says, what it warns of, and the line of each request.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, post, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { until } from '../engine/generations.ts'
import { run, startMarked, temporaryFolder } from './programs.ts'

const model = tinyModel('tiny-llama')

test('the start says the model, its sizes, the device, and the addresses of the page and of the API', async () => {
  const server = await startMarked(['-m', model, '-c', '256', '-np', '2'])
  const output = server.output()
  assert.ok(statSync(model).size < 2 ** 20)
  assert.match(output, /INFO: model: tiny-llama \(tiny-llama\.gguf\), 1 MiB on disk, 146752 parameters, llama /)
  assert.match(output, /INFO: memory: 1 MiB of weights, \d+ MiB of context \(2 × 128 tokens\)$/m)
  assert.match(output, /INFO: computed on .+ with 1 thread, engine \S+; no GPU/)
  await until('the last line', () => server.output().includes(`base URL for OpenAI clients: ${server.url}/v1`))
  assert.ok(server.output().includes(`page: ${server.url}/ · base URL`))
})

test('without its page, the server names none', async () => {
  const server = await startMarked(['-m', model, '--no-ui'])
  await until('the last line', () => /base URL for OpenAI clients/.test(server.output()))
  assert.doesNotMatch(server.output(), /page:/)
})

test('warned of: a context longer than the training, unless positions are scaled', async () => {
  const sentence = /WARN: -c gives a slot 2048 tokens of context, and the model was trained for 512: longer texts get/
  assert.match((await startMarked(['-m', model, '-c', '2048'])).output(), sentence)
  const others = [
    ['-c', '512'],
    ['-c', '2048', '--rope-scaling', 'linear'],
    ['-c', '2048', '-gan', '4'],
  ]
  for (const flags of others) {
    assert.doesNotMatch((await startMarked(['-m', model, ...flags])).output(), /trained for/, flags.join(' '))
  }
})

test('warned of: a server that other machines reach, without a key', async () => {
  const sentence = /WARN: --host 0\.0\.0\.0 without --api-key: whoever reaches this machine can use the server/
  const open = ['-m', model, '--host', '0.0.0.0']
  assert.match((await startMarked(open)).output(), sentence)
  assert.doesNotMatch((await startMarked([...open, '--api-key', 'k'])).output(), /without --api-key/)
  assert.doesNotMatch((await startMarked(['-m', model])).output(), /without --api-key/)
})

test('warned of: flags and variables that have no effect', async () => {
  const env = { LLAMA_ARG_RPC: 'host:1', LLAMA_ARG_CONTEXT: '1' }
  const output = (await startMarked(['-m', model, '--cache-ram', '100', '--no-jinja', '-dt', '1'], env)).output()
  assert.match(output, /WARN: --cache-ram 100 has no effect: prompts are cached in the slots/)
  assert.match(output, /WARN: --no-jinja has no effect: chat templates are always Jinja/)
  assert.match(output, /WARN: LLAMA_ARG_RPC has no effect: --rpc is a flag of llama-server/)
  assert.match(output, /WARN: LLAMA_ARG_CONTEXT has no effect: neither Cria nor llama-server/)
  assert.doesNotMatch(output, /-dt/)
})

test('a projector or an adapter that is not there ends the start before anything is fetched', async () => {
  const missing = join(temporaryFolder(), 'nothing.gguf')
  const cache = temporaryFolder()
  for (const flag of ['--mmproj', '--lora', '--lora-base']) {
    // no -m: the default model would be fetched, from where nobody listens
    const flags = [flag, missing, '--cache-dir', cache, '--hf-endpoint', 'http://127.0.0.1:9']
    const { code, stderr } = await run(flags)
    assert.deepEqual([code, stderr], [1, `cria: ${flag}: ${missing} cannot be read: there is no such file\n`])
  }
})

test('each request is a line with its status, time and tokens, and without its text', async () => {
  const server = await startMarked(['-m', model])
  const prompt = 'A secret prompt'
  await post(server.url, '/completion', { prompt, n_predict: 3, ignore_eos: true })
  await post(server.url, '/completion', { prompt, n_predict: 3, ignore_eos: true, n: 1 })
  await stream(server.url, '/v1/completions', { prompt, max_tokens: 2, ignore_eos: true })
  await post(server.url, '/completion', { prompt, n_predict: 'many' })
  await get(server.url, '/nothing?api_key=hush')
  const lines = () =>
    server
      .output()
      .split('\n')
      .filter((line) => /POST|GET/.test(line))
  await until('five lines', () => lines().length === 5)
  const tokens = String.raw`\d+ ms, \d+ tokens in \(\d+ cached\)`
  for (const [i, wanted] of [
    new RegExp(`INFO: POST /completion 200 ${tokens}, \\d+ out$`),
    /INFO: POST \/completion 200 \d+ ms, \d+ tokens in \([1-9]\d* cached\), \d+ out$/,
    new RegExp(`INFO: POST /v1/completions 200 ${tokens}, \\d+ out$`),
    /INFO: POST \/completion 400 \d+ ms$/,
    /INFO: GET \/nothing\?api_key=… 404 \d+ ms$/,
  ].entries()) {
    assert.match(lines()[i]!, wanted)
  }
  assert.doesNotMatch(server.output(), /secret|hush/)
})

test('a client that leaves is a line, too', async () => {
  const server = await startMarked(['-m', model])
  const leaving = new AbortController()
  const body = JSON.stringify({ prompt: 'x', n_predict: -1, ignore_eos: true, stream: true })
  const response = await fetch(`${server.url}/completion`, { method: 'POST', body, signal: leaving.signal })
  await response.body!.getReader().read()
  leaving.abort()
  await until('its line', () => /INFO: POST \/completion 200 \d+ ms, the client left/.test(server.output()))
})

test('polls are lines only with -lv 3, or when they fail', async () => {
  const server = await startMarked(['-m', model])
  for (const path of ['/health', '/slots', '/', '/metrics']) await (await fetch(server.url + path)).text()
  await until('the line of the one that fails', () => /GET \/metrics 501/.test(server.output()))
  await sleep(50)
  assert.doesNotMatch(server.output(), /GET \/(health|slots| )/)
  const verbose = await startMarked(['-m', model, '-lv', '3'])
  await get(verbose.url, '/health')
  await until('the line of a poll', () => /GET \/health 200/.test(verbose.output()))
})
