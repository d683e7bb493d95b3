// Flags and environment variables that show in what the server does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { get, post } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { until } from '../engine/generations.ts'
import { run, startMarked, temporaryFolder } from './programs.ts'

const model = tinyModel('tiny-llama')
const dir = temporaryFolder()

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('environment variables are read', async () => {
  const env = {
    LLAMA_ARG_MODEL: model,
    LLAMA_ARG_CTX_SIZE: '384',
    LLAMA_ARG_N_PARALLEL: '3',
    LLAMA_ARG_ALIAS: 'from-env',
    LLAMA_ARG_CONTEXT_SHIFT: 'off',
  }
  const server = await startMarked([], env)
  const { json } = await get(server.url, '/props')
  const { total_slots, model_alias, model_path, default_generation_settings } = json
  assert.deepEqual([total_slots, default_generation_settings.n_ctx], [3, 128])
  assert.deepEqual([model_alias, model_path], ['from-env', model])
  const { json: answer } = await post(server.url, '/completion', { prompt: 'x', n_predict: 200, ignore_eos: true })
  assert.ok(answer.tokens_predicted < 130)
})

test('a flag wins over its environment variable', async () => {
  const env = {
    LLAMA_ARG_CTX_SIZE: '384',
    LLAMA_ARG_N_PARALLEL: '3',
    LLAMA_ARG_ALIAS: 'env',
    LLAMA_ARG_MODEL: '/nothing',
  }
  const server = await startMarked(['-m', model, '-c', '128', '-np', '2', '--alias', 'flag'], env)
  const { json } = await get(server.url, '/props')
  assert.deepEqual([json.total_slots, json.default_generation_settings.n_ctx, json.model_alias], [2, 64, 'flag'])
})

test('LLAMA_ARG_PORT is the port', async () => {
  const port = await freePort()
  // startServer says --port 0: here the refusal of a port that is taken tells which one was read
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { stderr } = await run(['-m', model], { LLAMA_ARG_PORT: String(port) })
  server.close()
  assert.match(stderr, new RegExp(`port ${port} .*taken`))
})

test('--alias is the name of the model; the path is, without it', async () => {
  for (const [flags, name] of [
    [['--alias', 'my model'], 'my model'],
    [[], model],
  ] as const) {
    const server = await startMarked(['-m', model, ...flags])
    assert.equal((await get(server.url, '/v1/models')).json.data[0].id, name)
    assert.equal((await post(server.url, '/completion', { prompt: 'x', n_predict: 1 })).json.model, name)
    await server.stop()
  }
})

test('the log tells in a few lines where the server is, and nothing of libllama', async () => {
  const server = await startMarked(['-m', model])
  await post(server.url, '/completion', { prompt: 'x', n_predict: 1 })
  const output = server.output()
  assert.ok(output.trim().split('\n').length <= 6, output)
  assert.doesNotMatch(output, /llama_model_loader|print_info|load_tensors/)
})

test('-lv 3 shows each request', async () => {
  const server = await startMarked(['-m', model, '-lv', '3'])
  await get(server.url, '/health')
  await until('the line of the request', () => /GET \/health 200/.test(server.output()))
})

test('-v shows the log of libllama; --log-format json: every line is a JSON object', async () => {
  const server = await startMarked(['-m', model, '--log-format', 'json', '-v'])
  await get(server.url, '/health')
  await server.stop()
  const lines = server.output().trim().split('\n')
  assert.ok(lines.length > 10)
  assert.match(server.output(), /llama_model_loader|print_info|load_tensors/)
  for (const line of lines) {
    const { level, time, msg } = JSON.parse(line)
    assert.deepEqual([typeof level, typeof time, typeof msg], ['number', 'number', 'string'], line)
  }
})

test('--log-colors on colours the log, --no-log-prefix and --no-log-timestamps leave only what is said', async () => {
  const colour = '\u001b['
  const coloured = await startMarked(['-m', model, '--log-colors', 'on'])
  assert.ok(coloured.output().includes(colour))
  const bare = await startMarked(['-m', model, '--no-log-prefix', '--no-log-timestamps'])
  assert.match(bare.output(), /^listening at http/m)
  const usual = await startMarked(['-m', model, '--log-colors', 'off', '--log-prefix', '--log-timestamps'])
  assert.match(usual.output(), /^\[\d\d:\d\d:\d\d\.\d+\] INFO: listening at http/m)
  assert.ok(!usual.output().includes(colour))
})

test('--log-file: the log is in the file as well as on the terminal', async () => {
  for (const format of ['text', 'json']) {
    const path = join(dir, 'new', 'folder', `${format}.log`)
    const server = await startMarked(['-m', model, '--log-file', path, '--log-format', format])
    await post(server.url, '/completion', { prompt: 'x', n_predict: 1 })
    await until('the line of the request', () => /POST \/completion 200/.test(server.output()))
    assert.equal(await server.stop(), 0)
    const text = readFileSync(path, 'utf8')
    assert.match(text, new RegExp(`listening at ${server.url}`))
    assert.equal(server.output(), text)
  }
})

test('--log-disable prints nothing', async () => {
  const port = await freePort()
  const ended = run(['-m', model, '--port', String(port), '--log-disable', '-v', '-t', '1'])
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await until('it is up', isUp)
  const { engine } = (await get(url, '/props')).json
  const server = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))![1])
  process.kill(server, 'SIGTERM')
  assert.deepEqual(await ended, { code: 0, stdout: '', stderr: '' })
})

test('flags that the specification has and that change no answer are taken', async () => {
  const flags = '-tb 1 -b 64 -ngl 0 -mg 0 -ts 3,2 --memory-f32 --mlock --no-mmap --numa -to 30 -cb'.split(' ')
  const server = await startMarked(['-m', model, ...flags, '--nobrowser', '--unsecure', '--gpu', 'disable'])
  const body = { prompt: 'They said', n_predict: 12, temperature: 0 }
  const { json } = await post(server.url, '/completion', body)
  const plain = await startMarked(['-m', model])
  assert.equal(json.content, (await post(plain.url, '/completion', body)).json.content)
})

test('--host 0.0.0.0 tells this machine first, and answers there', async () => {
  const server = await startMarked(['-m', model, '--host', '0.0.0.0'])
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.equal((await get(server.url, '/health')).status, 200)
})
