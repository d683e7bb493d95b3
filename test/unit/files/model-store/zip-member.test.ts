import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { unpackMember } from '../../../../src/files/model-store/zip-member.ts'
import { makePayload, makeZip, temporaryDir } from './fixtures.ts'

const payload = makePayload(100_000)

test('unpacks a stored and a deflated member', async (t) => {
  const dir = await temporaryDir(t)
  for (const method of [0, 8] as const) {
    await writeFile(
      join(dir, 'a.zip'),
      makeZip({ 'é/first': Buffer.alloc(10), 'é/b.gguf': payload, last: payload }, method),
    )
    await unpackMember(join(dir, 'a.zip'), '.gguf', join(dir, 'out'), undefined)
    assert.deepEqual(await readFile(join(dir, 'out')), payload)
  }
})

test('refuses what is no whole zip, or has not the one member', async (t) => {
  const dir = await temporaryDir(t)
  const attempt = async (data: Buffer) => {
    await writeFile(join(dir, 'a.zip'), data)
    await unpackMember(join(dir, 'a.zip'), '.gguf', join(dir, 'out'), undefined)
  }
  await assert.rejects(attempt(Buffer.alloc(0)), /not a whole zip/)
  await assert.rejects(attempt(makeZip({ 'a.gguf': payload }).subarray(0, -30)), /not a whole zip/)
  await assert.rejects(attempt(makeZip({ a: payload })), /has 0 members that end with \.gguf/)
  await assert.rejects(attempt(makeZip({ 'a.gguf': payload, 'b.gguf': payload })), /has 2 members/)
})
