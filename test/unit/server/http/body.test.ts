import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { RequestError } from '../../../../src/base/errors.ts'
import { BodyBudget, type Holder } from '../../../../src/server/http/body-budget.ts'
import { type BodyLimits, withBodyBytes } from '../../../../src/server/http/body-bytes.ts'
import { bodyText } from '../../../../src/server/http/body-text.ts'
import { checkJsonBounds } from '../../../../src/server/http/json-bounds.ts'

function limits(changes: Partial<BodyLimits> = {}): BodyLimits {
  return { maxBytes: 1_000, idleMs: 60_000, budget: new BodyBudget(4_000), ...changes }
}

function sent(...parts: readonly Uint8Array[]): PassThrough {
  const source = new PassThrough()
  for (const part of parts) source.write(part)
  return source.end()
}

const read = (source: PassThrough, encoding: string | undefined, given: BodyLimits, length?: number) =>
  withBodyBytes(source, encoding, length, given, (bytes) => bytes)

async function refusal(work: Promise<unknown> | (() => unknown)): Promise<RequestError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    assert.ok(error instanceof RequestError, String(error))
    return error
  }
  return assert.fail('nothing was refused')
}

test('a body is its parts, and its memory is free when it was used', async () => {
  const given = limits()
  const use = (bytes: Buffer) => {
    assert.equal(given.budget.nBytes, 4)
    return bytes.toString()
  }
  assert.equal(await withBodyBytes(sent(Buffer.from('ab'), Buffer.from('cd')), undefined, 4, given, use), 'abcd')
  assert.equal(given.budget.nBytes, 0)
})

test('gzip, deflate and br are unpacked, in any case', async () => {
  const plain = Buffer.from('{"content":"é"}')
  const packed: [string, Buffer][] = [
    ['gzip', gzipSync(plain)],
    ['GZIP', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['identity', plain],
    ['', plain],
  ]
  for (const [encoding, bytes] of packed) assert.deepEqual(await read(sent(bytes), encoding, limits()), plain, encoding)
})

test('an encoding that cannot be unpacked is a 415 that names it', async () => {
  for (const encoding of ['zstd', 'compress', 'gzip, gzip', 'constructor']) {
    const { status, message } = await refusal(read(sent(Buffer.from('x')), encoding, limits()))
    assert.equal(status, 415)
    assert.ok(message.includes(encoding), message)
  }
})

test('a body that unpacks to more than the limit ends as soon as it does', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const given = limits({ maxBytes: 100_000, budget: new BodyBudget(200_000) })
  const { status, message } = await refusal(read(sent(bomb), 'gzip', given))
  assert.equal(status, 413)
  assert.match(message, /unpacks to more than --body-limit/)
  assert.equal(given.budget.nBytes, 0)
})

test('packed bytes that are broken or cut off are a 400 that names the encoding', async () => {
  const whole = gzipSync(Buffer.from('{"content":"a"}'))
  for (const bytes of [Buffer.from('no gzip'), whole.subarray(0, whole.length - 9)]) {
    const { status, message } = await refusal(read(sent(bytes), 'gzip', limits()))
    assert.equal(status, 400)
    assert.match(message, /gzip/)
  }
})

test('a body over the limit is refused by its length at once, or when so much has come', async () => {
  const never = new PassThrough()
  assert.equal((await refusal(read(never, undefined, limits(), 1_001))).status, 413)
  assert.equal((await refusal(read(sent(Buffer.alloc(1_001)), undefined, limits()))).status, 413)
  assert.equal((await read(sent(Buffer.alloc(1_000)), undefined, limits(), 1_000)).length, 1_000)
})

test('a body whose client leaves is a 400, and its memory is free', async () => {
  const given = limits()
  const source = new PassThrough()
  const reading = refusal(read(source, undefined, given))
  source.write(Buffer.alloc(500))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(given.budget.nBytes, 500)
  source.destroy()
  assert.match((await reading).message, /cut off/)
  assert.equal(given.budget.nBytes, 0)
  assert.match((await refusal(read(source, undefined, given))).message, /cut off/, 'also when it has left before')
})

test('a body that falls silent is a 408, and one that goes on is not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const given = limits({ idleMs: 1_000 })
  const source = new PassThrough()
  const reading = refusal(read(source, undefined, given))
  for (let i = 0; i < 5; i++) {
    source.write(Buffer.alloc(10))
    await new Promise((resolve) => setImmediate(resolve))
    t.mock.timers.tick(900)
  }
  assert.equal(given.budget.nBytes, 50)
  t.mock.timers.tick(101)
  const { status, message } = await reading
  assert.equal(status, 408)
  assert.match(message, /No bytes of the body arrived for 1 s/)
  assert.equal(given.budget.nBytes, 0)
  assert.equal(source.destroyed, false, 'the answer goes out on its socket')
})

function holder(lastBytesAtMs: number, budget: BodyBudget): Holder & { ended: RequestError | undefined } {
  return {
    lastBytesAtMs,
    ended: undefined,
    giveWay(error) {
      this.ended = error
      budget.release(this)
    },
  }
}

test('where memory is short the body gives way that was silent the longest', () => {
  const budget = new BodyBudget(100)
  const [oldest, old, busy] = [holder(1_000, budget), holder(2_000, budget), holder(9_000, budget)]
  budget.take(old, 40)
  budget.take(oldest, 40)
  budget.take(busy, 60)
  assert.equal(oldest.ended?.status, 408)
  assert.equal(old.ended, undefined)
  assert.equal(budget.nBytes, 100)
})

test('where memory is short and all bodies arrive the last one is a 503', () => {
  const budget = new BodyBudget(100)
  const [first, second] = [holder(9_000, budget), holder(9_100, budget)]
  budget.take(first, 80)
  assert.throws(() => budget.take(second, 30), { kind: 'unavailable', message: /other requests fill the 100 bytes/ })
  assert.equal(first.ended, undefined)
  budget.release(first)
  budget.take(second, 30)
  assert.equal(budget.nBytes, 30)
})

const json = '{"content":"é😀"}'

test('bodyText() reads UTF-8, with and without a byte order mark, whatever type is given', () => {
  for (const type of [
    undefined,
    'text/plain',
    'application/json; charset=UTF-8',
    'a/b;charset="utf8"',
    'x; charset=',
  ]) {
    assert.equal(bodyText(Buffer.from(json), type), json, type)
    assert.equal(bodyText(Buffer.from(`\ufeff${json}`), type), json, type)
  }
  assert.equal(bodyText(Buffer.alloc(0), undefined), '')
})

test('bodyText() names another charset, unless the bytes are the same in it', async () => {
  const { status, message } = await refusal(() => bodyText(Buffer.from(json), 'application/json; charset=ISO-8859-1'))
  assert.equal(status, 400)
  assert.match(message, /ISO-8859-1; JSON must be sent as UTF-8/)
  assert.equal(bodyText(Buffer.from('{"a":1}'), 'application/json; charset=ISO-8859-1'), '{"a":1}')
})

test('bodyText() names UTF-16 and UTF-32, with and without a mark', async () => {
  const utf16 = (text: string) => Buffer.from(text, 'utf16le')
  const utf32 = (text: string) => Buffer.from([...text].flatMap((c) => [c.codePointAt(0)!, 0, 0, 0]))
  const cases: [Buffer, RegExp][] = [
    [utf16('\ufeff{"a":1}'), /UTF-16/],
    [utf16('{"a":1}'), /UTF-16/],
    [utf16('{"a":1}').swap16(), /UTF-16/],
    [utf16('\ufeff{}').swap16(), /UTF-16/],
    [utf32('{"a":1}'), /UTF-32/],
    [utf32('{"a":1}').swap32(), /UTF-32/],
    [Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), /UTF-32/],
  ]
  for (const [bytes, name] of cases) assert.match((await refusal(() => bodyText(bytes, undefined))).message, name)
})

test('bodyText() says which byte is not UTF-8, and where', async () => {
  const long = 'x'.repeat(65_535)
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('{"content":"caf\xe9"}', 'latin1'), /byte 0xE9 at position 15/],
    [Buffer.from('\x80', 'latin1'), /byte 0x80 at position 0/],
    [Buffer.from(`${long}\xff`, 'latin1'), /byte 0xFF at position 65535/],
    [Buffer.from(`${long}\xe2\x82"`, 'latin1'), /byte 0xE2 at position 65535/],
    [Buffer.from('"\xed\xa0\x80"', 'latin1'), /byte 0xED at position 1/],
    [Buffer.from('"\xc0\xaf"', 'latin1'), /byte 0xC0 at position 1/],
    [Buffer.from('"\xe2\x82', 'latin1'), /in the middle of a character/],
  ]
  for (const [bytes, where] of cases) assert.match((await refusal(() => bodyText(bytes, undefined))).message, where)
})

const check = (text: string) => checkJsonBounds(Buffer.from(text))

test('checkJsonBounds() refuses what is nested too deeply or has too many keys or values, by name', async () => {
  await check(`${'['.repeat(1_000)}${']'.repeat(1_000)}`)
  assert.match((await refusal(check(`${'['.repeat(1_001)}${']'.repeat(1_001)}`))).message, /deeper than 1000 levels/)
  assert.match((await refusal(check('{"a":['.repeat(600)))).message, /deeper than 1000 levels/)
  const keys = (n: number) => `{${Array.from({ length: n }, (_, i) => `"${i}":1`).join(',')}}`
  await check(keys(200_000))
  assert.match((await refusal(check(keys(200_001)))).message, /more than 200000 keys/)
  await check(`[${'1,'.repeat(2_499_999)}1]`)
  assert.match((await refusal(check(`[${'1,'.repeat(2_500_000)}1]`))).message, /more than 2500000 values/)
})

test('checkJsonBounds() counts nothing inside of strings', async () => {
  await check(`["${'[{:'.repeat(300_000)}"]`)
  await check(`["${'\\"[:'.repeat(300_000)}\\\\",[[]]]`)
  await check(`["${'\\\\'.repeat(300_000)}"${',[]'.repeat(2_000)}]`)
  assert.match((await refusal(check(`["\\\\"${',['.repeat(1_001)}`))).message, /levels/, 'an even run ends the string')
})
