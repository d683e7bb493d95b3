import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readSlotFile, removeStalePartials, writeSlotFile } from '../../../../src/engine/cache/state-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-slot-file-'))
after(() => rmSync(dir, { recursive: true }))

const MiB = 2 ** 20
const header = {
  identity: { 'model file': 'größer.gguf (123)' },
  projector: undefined,
  adapters: [{ name: 'a.gguf', fingerprint: 'f', scale: -0.1 }],
  nGrouped: 3,
  lastPos: 41,
}

/** What no piece of it repeats. */
function stateOf(nBytes: number): Buffer {
  const state = Buffer.alloc(nBytes)
  for (let i = 0; i + 4 <= nBytes; i += 4) state.writeUInt32LE(i, i)
  return state
}

const read = (path: string) => readSlotFile(path, () => {})

test('what was written is read: states of several pieces, and more tokens than are read at first', async () => {
  for (const nState of [0, 1, 16 * MiB, 32 * MiB + 3]) {
    const path = join(dir, `${nState}.bin`)
    const slot = { header, tokens: Array.from({ length: 40_000 }, (_, i) => i - 20_000), state: stateOf(nState) }
    const nBytes = await writeSlotFile(path, slot)
    assert.equal(readFileSync(path).length, nBytes)
    const found = await read(path)
    assert.deepEqual(
      [found.header, found.tokens, found.nBytes],
      [JSON.parse(JSON.stringify(header)), slot.tokens, nBytes],
    )
    assert.ok(slot.state.equals(found.state), `${nState} bytes of state`)
  }
})

test('a bit that fell over is found in every piece', async () => {
  const path = join(dir, 'bit.bin')
  await writeSlotFile(path, { header, tokens: [1, 2, 3], state: stateOf(32 * MiB + 3) })
  const bytes = readFileSync(path)
  for (const place of [40, 1 * MiB, 20 * MiB, 32 * MiB, bytes.length - 5, bytes.length - 1]) {
    bytes[place]! ^= 4
    writeFileSync(path, bytes)
    await assert.rejects(read(path), /is damaged/, `byte ${place}`)
    bytes[place]! ^= 4
  }
})

test('who asks is told what the file holds before its state is read, and may refuse it', async () => {
  const path = join(dir, 'asked.bin')
  await writeSlotFile(path, { header, tokens: [7, 8], state: stateOf(100) })
  const bytes = readFileSync(path)
  bytes[bytes.length - 9]! ^= 1 // not looked at
  writeFileSync(path, bytes)
  const refuse = (given: { nGrouped: number }, tokens: readonly number[]) => {
    assert.deepEqual([given.nGrouped, tokens], [3, [7, 8]])
    throw new Error('of no use here')
  }
  await assert.rejects(readSlotFile(path, refuse), /of no use here/)
})

test('of writers at the same time one wins, and its file is whole', async () => {
  const path = join(dir, 'race.bin')
  const slots = Array.from({ length: 8 }, (_, i) => ({ header, tokens: [i], state: stateOf(1000 + i) }))
  await Promise.all(slots.map((slot) => writeSlotFile(path, slot)))
  const found = await read(path)
  assert.equal(found.state.length, 1000 + found.tokens[0]!)
})

test('what others left half written goes, what a living process or another machine writes stays', async () => {
  const folder = mkdtempSync(join(dir, 'partials-'))
  const name = (host: string, pid: number) => `.cria-saving.${host}.${pid}.0`
  const stays = [name(hostname(), process.ppid), name('another-host', 999_999_999), 'slot.bin']
  for (const file of [...stays, name(hostname(), 999_999_999), name(hostname(), process.pid)]) {
    writeFileSync(join(folder, file), '')
  }
  await removeStalePartials(folder)
  assert.deepEqual(readdirSync(folder).sort(), stays.sort())
})
