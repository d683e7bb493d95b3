// Flags of today's llama-server: several addresses, aliases and tags, --offline, and those without effect.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Flag } from '../../../src/options/flag.ts'
import { table } from '../../../src/options/table.ts'
import { get, post, runProgram, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'cria-peer-flags-'))
after(() => rmSync(folder, { recursive: true }))

/** A second address that every such machine has. */
const other = process.platform === 'linux' ? '127.0.0.2' : '::1'

const model = tinyModel('tiny-llama')
const names = ['--alias', 'tiny,fim,code', '--tags', 'small,chat']
const { url } = await startServer('-m', model, '--host', `127.0.0.1,${other}`, ...names)

const rows: readonly Flag[] = Object.values(table)
const idle = rows.filter(({ support }) => support === 'no effect')

test('flags without effect are taken in every spelling, and change no answer', async () => {
  assert.ok(idle.length > 5)
  const flags = idle.flatMap((row) => row.flags.flatMap((flag) => (row.arg === undefined ? [flag] : [flag, '1'])))
  const body = { prompt: 'Hello', n_predict: 16, temperature: 0 }
  const with_ = await startServer('-m', model, ...flags)
  const { status, json } = await post(with_.url, '/completion', body)
  assert.equal(status, 200)
  assert.equal(json.content, (await post(url, '/completion', body)).json.content)
})

test('every address of --host is listened on, at the same port', async () => {
  const second = url.replace('127.0.0.1', other.includes(':') ? `[${other}]` : other)
  assert.notEqual(second, url)
  for (const each of [url, second]) assert.equal((await get(each, '/health')).status, 200, each)
})

test('the model goes by the first of its aliases, and all of them and its tags are told', async () => {
  const [model] = (await get(url, '/v1/models')).json.data
  assert.equal(model.id, 'code')
  assert.deepEqual(model.aliases, ['tiny', 'fim', 'code'])
  assert.deepEqual(model.tags, ['small', 'chat'])
})

test('--offline fetches nothing: without a model in the cache the program ends', async () => {
  const { code, stderr } = await runProgram(['--offline', '--cache-dir', folder])
  assert.equal(code, 1)
  assert.match(stderr, /--offline: the default model is not in/)
})
