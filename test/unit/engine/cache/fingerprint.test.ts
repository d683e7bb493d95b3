import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fingerprintOf } from '../../../../src/engine/cache/fingerprint.ts'
import { seededRandom } from '../../../support/random.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-fingerprint-'))
after(() => rmSync(dir, { recursive: true }))
const random = seededRandom(1)

function write(name: string, bytes: Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, bytes)
  return path
}

test('of a small file every byte counts, and the name does not', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(random() * 256)))
  const whole = await fingerprintOf(write('a.gguf', bytes))
  assert.equal(await fingerprintOf(write('b.gguf', bytes)), whole)
  for (const place of [0, 1, 65_535, 65_536, 131_072, 250_000, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[place]! ^= 1
    assert.notEqual(await fingerprintOf(write('b.gguf', changed)), whole, `byte ${place}`)
  }
  assert.notEqual(await fingerprintOf(write('b.gguf', bytes.subarray(0, -1))), whole)
})

test('of a large file its size, its beginning and its end count, and what is different everywhere', async () => {
  const bytes = Buffer.alloc(20_000_000, 'weights ')
  const whole = await fingerprintOf(write('large.gguf', bytes))
  for (const place of [0, bytes.length - 1000]) {
    const changed = Buffer.from(bytes)
    changed[place]! ^= 1
    assert.notEqual(await fingerprintOf(write('large.gguf', changed)), whole, `byte ${place}`)
  }
  assert.notEqual(await fingerprintOf(write('large.gguf', Buffer.concat([bytes, Buffer.alloc(8)]))), whole)
  const retrained = Buffer.from(bytes)
  for (let place = 0; place < bytes.length; place += 1000) retrained[place]! ^= 1
  assert.notEqual(await fingerprintOf(write('large.gguf', retrained)), whole)
})

test('of a model in several files all count; one that is missing is an error', async () => {
  const part = (i: number, text: string) => write(`split-0000${i}-of-00002.gguf`, Buffer.from(text))
  const first = part(1, 'metadata')
  part(2, 'weights')
  const whole = await fingerprintOf(first)
  part(2, 'others!')
  assert.notEqual(await fingerprintOf(first), whole)
  rmSync(join(dir, 'split-00002-of-00002.gguf'))
  await assert.rejects(fingerprintOf(first), /ENOENT/)
})
