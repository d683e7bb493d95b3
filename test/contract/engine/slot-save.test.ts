// POST /slots/:id?action=save|restore: what comes back is what was there, in another slot and in another process; no file harms.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type Json, post, runProgram, startServer } from '../../support/server.ts'
import { recordedAdapters, tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import {
  assertSameTokens,
  cold,
  complete,
  enginePid,
  printedRandom,
  randomTokens,
  startEndless,
} from './generations.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-slots-'))
after(() => rmSync(dir, { recursive: true, force: true }))
/** What an engine that crashed has left: a process has no such id. */
const leftBehind = join(dir, `.cria-saving.${hostname()}.999999999.0`)
writeFileSync(leftBehind, 'half')

const model = tinyModel('tiny-llama')
const saving = ['--slot-save-path', dir]
const start = (name: string, ...flags: string[]) => startServer('-m', name, ...saving, ...flags)
const two = ['-np', '2', '-c', '1024']

// all are up before the first test begins: what is started later would end with it
const server = await start(model, ...two)
const other = await start(tinyModel('tiny-chat'), ...two)
const without = await startServer('-m', model, ...two)
const random = printedRandom('slot save')
const fields = { n_predict: 12, n_probs: 2 }

const act = (url: string, action: string, slotId: number, filename?: string) =>
  post(url, `/slots/${slotId}?action=${action}`, filename === undefined ? {} : { filename })

async function save(url: string, slotId: number, filename: string): Promise<Json> {
  const { status, json } = await act(url, 'save', slotId, filename)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function restore(url: string, slotId: number, filename: string): Promise<Json> {
  const { status, json } = await act(url, 'restore', slotId, filename)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

/** The slot has computed exactly this: told by what is reused of it. */
async function assertHolds(url: string, slotId: number, tokens: readonly number[], what: string): Promise<void> {
  const prompt = [...tokens, ...randomTokens(random, 3)]
  const warm = await complete(url, { ...fields, prompt, slot_id: slotId })
  assert.equal(warm.timings.cache_n, tokens.length, what)
  assertSameTokens(warm, await cold(without.url, { ...fields, prompt }), what)
}

/** Fills a slot. @returns the tokens it has computed: all but the last generated one. */
async function fill(url: string, slotId: number, prompt: readonly number[], more: object = {}): Promise<number[]> {
  const { tokens } = await complete(url, { prompt, n_predict: 9, slot_id: slotId, cache_prompt: false, ...more })
  return [...prompt, ...tokens.slice(0, -1)]
}

test('a saved slot is restored into another one, as llama-server answers', async () => {
  const tokens = await fill(server.url, 1, randomTokens(random, 60))
  const saved = await save(server.url, 1, 'one.bin')
  assert.deepEqual(Object.keys(saved), ['id_slot', 'filename', 'n_saved', 'n_written', 'timings'])
  assert.deepEqual([saved.id_slot, saved.filename, saved.n_saved], [1, 'one.bin', tokens.length])
  assert.equal(saved.n_written, readFileSync(join(dir, 'one.bin')).length)
  assert.ok(saved.timings.save_ms >= 0)
  await fill(server.url, 1, randomTokens(random, 30))
  const restored = await restore(server.url, 0, 'one.bin')
  assert.deepEqual(Object.keys(restored), ['id_slot', 'filename', 'n_restored', 'n_read', 'timings'])
  assert.deepEqual([restored.id_slot, restored.n_restored, restored.n_read], [0, tokens.length, saved.n_written])
  assert.ok(restored.timings.restore_ms >= 0)
  await assertHolds(server.url, 0, tokens, 'slot 0')
})

test('a restored slot can be cut and goes on as one that was never saved', async () => {
  const tokens = await fill(server.url, 0, randomTokens(random, 80))
  await save(server.url, 0, 'cut.bin')
  for (const nSame of [tokens.length - 1, 50, 7]) {
    await restore(server.url, 1, 'cut.bin')
    await assertHolds(server.url, 1, tokens.slice(0, nSame), `${nSame} the same`)
  }
})

test('saving takes the place of an older file, and leaves nothing else in the folder', async () => {
  await fill(server.url, 0, randomTokens(random, 20))
  await save(server.url, 0, 'twice.bin')
  const tokens = await fill(server.url, 0, randomTokens(random, 40))
  await save(server.url, 0, 'twice.bin')
  assert.equal((await restore(server.url, 1, 'twice.bin')).n_restored, tokens.length)
  assert.deepEqual(
    readdirSync(dir).filter((name) => !name.endsWith('.bin')),
    [],
  )
  assert.equal(existsSync(leftBehind), false)
})

test('an empty slot is saved and restored as one', async () => {
  await act(server.url, 'erase', 0)
  assert.equal((await save(server.url, 0, 'empty.bin')).n_saved, 0)
  const tokens = await fill(server.url, 1, randomTokens(random, 20))
  assert.equal((await restore(server.url, 1, 'empty.bin')).n_restored, 0)
  const again = await complete(server.url, { prompt: tokens, n_predict: 1, slot_id: 1 })
  assert.equal(again.timings.cache_n, 0)
})

test('a slot is restored in a later process: the next prompt finds all of it', async () => {
  const first = await start(model, ...two)
  const tokens = await fill(first.url, 1, randomTokens(random, 200))
  const { n_saved } = await save(first.url, 1, 'later.bin')
  assert.equal(await first.stop(), 0)
  const second = await start(model, ...two)
  assert.equal((await restore(second.url, 0, 'later.bin')).n_restored, n_saved)
  await assertHolds(second.url, 0, tokens, 'after the restart')
})

test('a busy slot is waited for while others go on, and a client that leaves takes its order along', async () => {
  await fill(server.url, 0, randomTokens(random, 30))
  await save(server.url, 0, 'waits.bin')
  for (const action of ['save', 'restore']) {
    const running = await startEndless(server.url, { prompt: randomTokens(random, 20), slot_id: 1 })
    let isDone = false
    const done = act(server.url, action, 1, 'waits.bin').then(({ status }) => {
      isDone = true
      return status
    })
    const client = new AbortController()
    const dropped = fetch(`${server.url}/slots/1?action=restore`, {
      method: 'POST',
      body: JSON.stringify({ filename: 'one.bin' }),
      signal: client.signal,
    }).catch((error: Error) => error.name)
    await complete(server.url, { ...fields, prompt: randomTokens(random, 30), slot_id: 0 })
    const nEvents = running.events.length
    await complete(server.url, { ...fields, prompt: randomTokens(random, 30), slot_id: 0 })
    assert.ok(running.events.length > nEvents, 'the stream goes on')
    assert.equal(isDone, false, action)
    client.abort()
    assert.equal(await dropped, 'AbortError')
    running.leave()
    assert.equal(await done, 200)
    await running.ended
  }
})

test('slots are saved and restored while others generate: no answer changes', async () => {
  const prompts = Array.from({ length: 6 }, () => randomTokens(random, 40))
  const expected = await Promise.all(prompts.map((prompt) => cold(without.url, { ...fields, prompt })))
  await fill(server.url, 1, randomTokens(random, 100))
  let isOver = false
  const saveAndRestore = async () => {
    while (!isOver) {
      await save(server.url, 1, 'busy.bin')
      await restore(server.url, 1, 'busy.bin')
    }
  }
  const other = saveAndRestore()
  for (const [i, prompt] of prompts.entries()) {
    assertSameTokens(await cold(server.url, { ...fields, prompt, slot_id: 0 }), expected[i], `prompt ${i}`)
  }
  isOver = true
  await other
})

test('without --slot-save-path saving and restoring are refused with the flag, erasing is not', async () => {
  for (const action of ['save', 'restore']) {
    const { status, json } = await act(without.url, action, 0, 'one.bin')
    assert.deepEqual([status, json.error.type], [400, 'not_supported_error'])
    assert.match(json.error.message, /without --slot-save-path/)
  }
  assert.equal((await act(without.url, 'erase', 0)).status, 200)
})

test('many files at once are written and read one after the other, and each is whole', async () => {
  await fill(server.url, 0, randomTokens(random, 100))
  const names = Array.from({ length: 12 }, (_, i) => `many-${i}.bin`)
  const saved = await Promise.all(names.map((name) => save(server.url, 0, name)))
  const restored = await Promise.all(names.map((name, i) => restore(server.url, i % 2, name)))
  for (const [i, { n_saved }] of saved.entries()) assert.equal(restored[i].n_restored, n_saved)
})

test('a name that is no name of a file is refused', async () => {
  const rules: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /is missing/],
    [null, /is missing/],
    ['', /is empty/],
    [7, /Cannot read "filename": 7 is not/],
    ['../one.bin', /is a path/],
    ['/etc/passwd', /is a path/],
    ['a\\b', /is a path/],
    ['a∕b', /is a path/],
    ['..', /begins with a dot/],
    ['.hidden', /begins with a dot/],
    ['a..b', /two dots/],
    ['a\0b', /characters/],
    ['a\nb', /characters/],
    ['a\ud800b', /characters/],
    ['C:x', /has one of/],
    ['x.', /ends with/],
    ['x'.repeat(256), /longer than 255 bytes/],
    ['ü'.repeat(128), /longer than 255 bytes/],
  ]
  for (const [filename, rule] of rules) {
    for (const action of ['save', 'restore']) {
      const { status, json } = await post(server.url, `/slots/0?action=${action}`, { filename })
      assert.equal(status, 400, JSON.stringify(filename))
      assert.match(json.error.message, rule)
    }
  }
  const erase = await act(server.url, 'erase', 0, 'one.bin')
  assert.equal(erase.status, 400)
})

describe('a file that cannot be restored', async () => {
  const prompt = randomTokens(random, 40)
  const tokens = await fill(server.url, 0, randomTokens(random, 30))
  await save(server.url, 0, 'good.bin')
  const good = readFileSync(join(dir, 'good.bin'))

  /** It is refused for this reason, and the slot has what it had; so has the engine its life. */
  async function assertRefused(name: string, why: RegExp, what = name): Promise<void> {
    const pid = await enginePid(server.url)
    const had = await fill(server.url, 1, prompt)
    const { status, json } = await act(server.url, 'restore', 1, name)
    assert.equal(status, 400, `${what}: ${JSON.stringify(json)}`)
    assert.match(json.error.message, why, what)
    assert.match(json.error.message, new RegExp(`Cannot read "filename": "${name}"`))
    await assertHolds(server.url, 1, had, what)
    assert.equal(await enginePid(server.url), pid)
  }

  test('is not there, is a folder, or is something else', async () => {
    await assertRefused('nothing.bin', /is not there/)
    mkdirSync(join(dir, 'folder.bin'))
    await assertRefused('folder.bin', /is not a file/)
    rmSync(join(dir, 'folder.bin'), { recursive: true })
    symlinkSync('/dev/zero', join(dir, 'zero.bin'))
    await assertRefused('zero.bin', /is not a file/)
    if (spawnSync('mkfifo', [join(dir, 'pipe.bin')]).status === 0) await assertRefused('pipe.bin', /is not a file/)
    for (const [name, bytes] of [
      ['none.bin', ''],
      ['short.bin', 'CRIASLOT'],
      ['text.bin', 'no slot at all, but long enough to be one'],
      ['gguf.bin', readFileSync(model)],
    ] as const) {
      writeFileSync(join(dir, name), bytes)
      await assertRefused(name, /is not a slot saved by Cria/)
    }
    const newer = Buffer.from(good)
    newer.writeUInt32LE(2, 8)
    writeFileSync(join(dir, 'newer.bin'), newer)
    await assertRefused('newer.bin', /version 2, and this Cria reads version 1/)
  })

  test('was cut off or has a tail', async () => {
    for (const length of [33, 100, good.length >> 1, good.length - 1]) {
      writeFileSync(join(dir, 'cut-off.bin'), good.subarray(0, length))
      await assertRefused('cut-off.bin', /is cut off: it has \d+ of \d+ bytes/, `${length} bytes`)
    }
    writeFileSync(join(dir, 'tail.bin'), Buffer.concat([good, Buffer.from('more')]))
    await assertRefused('tail.bin', /is damaged/)
  })

  test('has a bit that fell over, wherever it is', async () => {
    const nHeader = good.readUInt32LE(12)
    const places = [0, 9, 13, 16, 20, 24, 30, 32, 40, 32 + nHeader, 32 + nHeader + 9, good.length - 1, good.length - 4]
    for (let i = 0; i < 20; i++) places.push(Math.floor(random() * good.length))
    for (const place of places) {
      const bytes = Buffer.from(good)
      bytes[place]! ^= 1 << Math.floor(random() * 8)
      writeFileSync(join(dir, 'bit.bin'), bytes)
      await assertRefused(
        'bit.bin',
        /is damaged|is cut off|is not a slot saved|is a saved slot of version/,
        `byte ${place}`,
      )
    }
  })

  test('was forged with checksums that are right', async () => {
    for (const [what, state] of [
      ['no state', Buffer.alloc(0)],
      ['zeros', Buffer.alloc(64)],
      ['noise', Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256)))],
      ['half of it', stateOf(good).subarray(0, stateOf(good).length >> 1)],
      ['more of it', Buffer.concat([stateOf(good), Buffer.alloc(100)])],
    ] as const) {
      writeFileSync(join(dir, 'forged.bin'), forge(good, {}, state))
      await assertRefused('forged.bin', /cannot be restored here: .*The slot is unchanged/, what)
    }
    writeFileSync(join(dir, 'forged.bin'), forge(good, { lastPos: 7 }))
    await assertRefused('forged.bin', /its cells end at the position \d+, not 7/)
    for (const header of [{ identity: [1] }, { adapters: [{}] }, { nGrouped: 'x' }, { identity: null }]) {
      writeFileSync(join(dir, 'forged.bin'), forge(good, header))
      await assertRefused(
        'forged.bin',
        /is not a slot saved by this version|was saved with another/,
        JSON.stringify(header),
      )
    }
  })

  test('was saved by a server with another model', async () => {
    await fill(other.url, 0, randomTokens(random, 30))
    await save(other.url, 0, 'chat.bin')
    await assertRefused('chat.bin', /was saved with another model file: tiny-chat.gguf/)
  })

  test('but the whole one can', async () => {
    await restore(server.url, 1, 'good.bin')
    await assertHolds(server.url, 1, tokens, 'good.bin')
  })
})

test('files of servers with other settings are refused by the setting', async () => {
  await fill(server.url, 0, randomTokens(random, 300))
  const { n_saved: nSaved } = await save(server.url, 0, 'settings.bin')
  const settings: readonly (readonly [readonly string[], RegExp])[] = [
    [[...two, '-ctk', 'f32'], /type of the cache: -ctk f16 -ctv f16; here it is -ctk f32 -ctv f16/],
    [['-np', '4', '-c', '2048'], /layout of the cache: 2 slots \(-np 2\); here it is 4 slots \(-np 4\)/],
    [[...two, '--kv-unified'], /layout of the cache/],
    [['-np', '2', '-c', '256'], new RegExp(`has ${nSaved} tokens, and a slot holds 128`)],
    [[...two, '-gan', '4', '-gaw', '32'], /another self-extend: off; here it is --grp-attn-n 4 --grp-attn-w 32/],
    [[...two, '--rope-freq-scale', '0.5'], /another scaling of positions/],
    [[...two, '-fa', 'off'], /cannot be restored here: .*The slot is empty/],
  ]
  for (const [flags, why] of settings) {
    const differs = await start(model, ...flags)
    const { status, json } = await act(differs.url, 'restore', 0, 'settings.bin')
    assert.equal(status, 400, flags.join(' '))
    assert.match(json.error.message, why)
    await complete(differs.url, { ...fields, prompt: randomTokens(random, 20), slot_id: 0 })
    await differs.stop()
  }
  const longer = await start(model, '-np', '2', '-c', '4096')
  assert.equal((await restore(longer.url, 0, 'settings.bin')).n_restored, nSaved)
})

for (const name of ['tiny-mamba', 'tiny-swa'] as const) {
  test(`${name}: a restored slot is never a wrong answer`, async () => {
    const one = await start(tinyModel(name), ...two)
    const reference = await startServer('-m', tinyModel(name), ...two)
    const tokens = await fill(one.url, 0, randomTokens(random, 90))
    await save(one.url, 0, `${name}.bin`)
    for (const nSame of [tokens.length, tokens.length - 1, tokens.length - 2, 60, 20, 1]) {
      await restore(one.url, 1, `${name}.bin`)
      const prompt = [...tokens.slice(0, nSame), ...randomTokens(random, 4)]
      const warm = await complete(one.url, { ...fields, prompt, slot_id: 1 })
      assertSameTokens(warm, await cold(reference.url, { ...fields, prompt }), `${nSame} the same`)
      if (nSame === tokens.length) assert.equal(warm.timings.cache_n, nSame)
      // and what was computed behind it can be cut as ever
      const edited = [...prompt.slice(0, -1), ...randomTokens(random, 2)]
      const second = await complete(one.url, { ...fields, prompt: edited, slot_id: 1 })
      assertSameTokens(second, await cold(reference.url, { ...fields, prompt: edited }), `${nSame} the same, edited`)
    }
  })
}

test('self-extend: a restored slot goes on as the saved one would have', async () => {
  const extended = await start(model, '-np', '2', '-c', '1024', '-gan', '4', '-gaw', '32')
  const tokens = await fill(extended.url, 0, randomTokens(random, 150))
  await save(extended.url, 0, 'extended.bin')
  for (const nSame of [tokens.length, 100]) {
    const prompt = [...tokens.slice(0, nSame), ...randomTokens(random, 100)]
    await restore(extended.url, 0, 'extended.bin')
    await restore(extended.url, 1, 'extended.bin')
    const warm = await complete(extended.url, { ...fields, prompt, slot_id: 1 })
    assert.equal(warm.timings.cache_n, nSame === 100 ? 96 : nSame)
    assertSameTokens(warm, await cold(extended.url, { ...fields, prompt, slot_id: 0 }), `${nSame} the same`)
  }
})

test('LoRA: a slot is of use to those who ask with the scales it was computed with', async () => {
  const adapted = await start(model, ...two, ...recordedAdapters())
  const scaled = { lora: [{ id: 1, scale: 0.25 }] }
  const tokens = await fill(adapted.url, 0, randomTokens(random, 40), scaled)
  await save(adapted.url, 0, 'lora.bin')
  await restore(adapted.url, 1, 'lora.bin')
  const prompt = [...tokens, ...randomTokens(random, 3)]
  const plain = await complete(adapted.url, { ...fields, prompt, slot_id: 1 })
  assert.equal(plain.timings.cache_n, 0)
  await restore(adapted.url, 1, 'lora.bin')
  const same = await complete(adapted.url, { ...fields, prompt, slot_id: 1, ...scaled })
  assert.equal(same.timings.cache_n, tokens.length)
  // the same adapters in another order, and with other names, are the same
  const second = tinyAdapter('second')
  const copy = join(dir, 'copy.gguf')
  writeFileSync(copy, readFileSync(second))
  const swapped = await start(model, ...two, '--lora', copy, '--lora', tinyAdapter('third'))
  await restore(swapped.url, 0, 'lora.bin')
  const there = await complete(swapped.url, { ...fields, prompt, slot_id: 0, lora: [{ id: 0, scale: 0.25 }] })
  assert.equal(there.timings.cache_n, tokens.length)
  assertSameTokens(there, same, 'on another server')
  const { status, json } = await act(server.url, 'restore', 0, 'lora.bin')
  assert.equal(status, 400)
  assert.match(json.error.message, /was computed with the LoRA adapter second.gguf, which is not loaded here/)
  rmSync(copy)
})

test('a system prompt that was copied to a slot is saved with it', async () => {
  const shared = await start(model, '-np', '3', '-c', '1536')
  const tokens = await fill(shared.url, 1, randomTokens(random, 50))
  await save(shared.url, 1, 'before.bin')
  const prompt = 'All of them begin with this one, and go on in ways of their own. '.repeat(3)
  const system = { system_prompt: { prompt }, prompt: '', n_predict: 0, slot_id: 2 }
  assert.equal((await post(shared.url, '/completion', system)).status, 200)
  const tail = randomTokens(random, 5)
  await complete(shared.url, { ...fields, prompt: tail, slot_id: 2, n_predict: 0 })
  const { n_saved } = await save(shared.url, 2, 'system.bin')
  await restore(shared.url, 0, 'system.bin')
  const behind = { ...fields, prompt: [...tail, ...randomTokens(random, 3)], slot_id: 0 }
  const warm = await complete(shared.url, behind)
  assert.equal(warm.timings.cache_n, n_saved)
  const { json } = await post(without.url, '/completion', { ...behind, prompt: [prompt, ...tail], n_predict: 0 })
  assert.equal(json.tokens_evaluated, n_saved)
  assert.equal((await post(shared.url, '/completion', { ...system, system_prompt: { prompt: 'x' } })).status, 200)
  assert.equal((await post(shared.url, '/completion', system)).status, 200)
  await restore(shared.url, 1, 'before.bin')
  assert.equal(
    (await post(shared.url, '/completion', { ...system, system_prompt: { prompt: '' }, prompt: 'No more' })).status,
    200,
  )
  await complete(shared.url, { ...fields, prompt: randomTokens(random, 9), slot_id: 2 })
  await assertHolds(shared.url, 1, tokens, 'the copy did not come over what was restored')
})

test('one pool for all slots: a slot is restored there too', async () => {
  const unified = await start(model, '-np', '2', '-c', '512', '--kv-unified')
  const tokens = await fill(unified.url, 0, randomTokens(random, 60))
  await save(unified.url, 0, 'unified.bin')
  await restore(unified.url, 1, 'unified.bin')
  await assertHolds(unified.url, 1, tokens, 'in the pool')
  await fill(unified.url, 0, randomTokens(random, 470))
  const had = await fill(unified.url, 1, randomTokens(random, 20))
  const { status, json } = await act(unified.url, 'restore', 1, 'unified.bin')
  assert.equal(status, 400, JSON.stringify(json))
  assert.match(json.error.message, /The slot is unchanged/)
  await assertHolds(unified.url, 1, had, 'no room')
})

test('a folder that is gone is told, and the slot keeps what it has', async () => {
  const folder = join(dir, 'gone')
  const homeless = await startServer('-m', model, ...two, '--slot-save-path', folder)
  assert.ok(existsSync(folder), 'it is made')
  const tokens = await fill(homeless.url, 0, randomTokens(random, 20))
  rmSync(folder, { recursive: true })
  const { status, json } = await act(homeless.url, 'save', 0, 'a.bin')
  assert.deepEqual([status, json.error.type], [500, 'server_error'])
  assert.match(json.error.message, /Cannot save the slot as "a.bin": ENOENT/)
  await assertHolds(homeless.url, 0, tokens, 'after the failure')
})

test('a folder that is none ends the start with the reason', async () => {
  const file = await runProgram(['-m', model, '--port', '0', '--slot-save-path', model])
  assert.equal(file.code, 1)
  assert.match(file.stderr, /--slot-save-path: .* is not a folder/)
  const deep = await runProgram(['-m', model, '--port', '0', '--slot-save-path', join(dir, 'a', 'b')])
  assert.equal(deep.code, 1)
  assert.match(deep.stderr, /slots cannot be saved in .*: ENOENT/)
})

function stateOf(file: Buffer): Buffer {
  const start = 32 + file.readUInt32LE(12) + 4 * file.readUInt32LE(16)
  return file.subarray(start, -4)
}

/** A file with another header or state and the checksums of a good one. */
function forge(file: Buffer, changes: object, state = stateOf(file)): Buffer {
  const nHeader = file.readUInt32LE(12)
  const header = Buffer.from(JSON.stringify({ ...JSON.parse(file.toString('utf8', 32, 32 + nHeader)), ...changes }))
  const tokens = file.subarray(32 + nHeader, 32 + nHeader + 4 * file.readUInt32LE(16))
  const prelude = Buffer.from(file.subarray(0, 32))
  prelude.writeUInt32LE(header.length, 12)
  prelude.writeUInt32LE(crc32(tokens, crc32(header)), 20)
  prelude.writeBigUInt64LE(BigInt(state.length), 24)
  const trailer = Buffer.alloc(4)
  trailer.writeUInt32LE(crc32(state))
  return Buffer.concat([prelude, header, tokens, state, trailer])
}
