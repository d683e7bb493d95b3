import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runProgram, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-keys-'))
after(() => rmSync(dir, { recursive: true }))
const file = join(dir, 'keys.txt')
writeFileSync(file, 'from-file\n\n  second-line \n')

const model = tinyModel('tiny-llama')
const { url } = await startServer('-m', model, '--api-key', 'one', '--api-key', 'two,three', '--api-key-file', file)

const ask = (headers: Record<string, string>, path = '/completion') =>
  fetch(url + path, {
    method: path === '/completion' ? 'POST' : 'GET',
    headers,
    ...(path === '/completion' ? { body: JSON.stringify({ prompt: 'Hi', n_predict: 1 }) } : {}),
  })

test('every key counts, as Bearer token or X-Api-Key', async () => {
  for (const key of ['one', 'two', 'three', 'from-file', 'second-line']) {
    assert.equal((await ask({ authorization: `Bearer ${key}` })).status, 200, key)
    assert.equal((await ask({ 'x-api-key': key })).status, 200, key)
  }
})

test('without a key, or with another, the answer is a 401 that says what to send', async () => {
  for (const headers of [{}, { authorization: 'Bearer four' }, { authorization: 'one' }, { 'x-api-key': '' }]) {
    const response = await ask(headers as Record<string, string>)
    assert.equal(response.status, 401, JSON.stringify(headers))
    const { error } = (await response.json()) as { error: { type: string; message: string; code: number } }
    assert.equal(error.type, 'authentication_error')
    assert.equal(error.code, 401)
    assert.match(error.message, /Bearer KEY/)
    assert.ok(!error.message.includes('one,'))
  }
})

test('/health and /v1/models are open, /props is not', async () => {
  assert.equal((await ask({}, '/health')).status, 200)
  assert.equal((await ask({}, '/v1/models')).status, 200)
  assert.equal((await ask({}, '/props')).status, 401)
})

test('a file of keys that is missing or empty ends the start with a sentence', async () => {
  const missing = await runProgram(['-m', model, '--port', '0', '--api-key-file', join(dir, 'none')])
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /^cria: the file of API keys .*none cannot be read/)
  const empty = join(dir, 'empty')
  writeFileSync(empty, '\n\n')
  const none = await runProgram(['-m', model, '--port', '0', '--api-key-file', empty])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /there is no key in it/)
})
