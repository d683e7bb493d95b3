import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incompleteTail, textOf } from '../../../src/base/utf8.ts'
import { seededRandom } from '../../support/random.ts'

const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString('hex')

/** Every way to complete a character is tried: by RFC 3629, with what the platform's decoder takes. */
function slowIncompleteTail(bytes: readonly number[]): number {
  const strict = new TextDecoder('utf-8', { fatal: true })
  const isCharacter = (sequence: readonly number[]) => {
    try {
      return [...strict.decode(Uint8Array.from([0x61, ...sequence]))].length === 2
    } catch {
      return false
    }
  }
  // a first continuation byte decides whether the lead can ever become a character; later ones are free
  const firsts = Array.from({ length: 64 }, (_, i) => 0x80 + i)
  const canBecome = (start: readonly number[]): boolean => {
    for (let nMore = 1; start.length + nMore <= 4; nMore++) {
      for (const first of firsts) {
        if (isCharacter([...start, first, ...Array.from({ length: nMore - 1 }, () => 0x80)])) return true
      }
    }
    return false
  }
  for (let n = Math.min(3, bytes.length); n > 0; n--) {
    if (canBecome(bytes.slice(bytes.length - n))) return n
  }
  return 0
}

test('incompleteTail() of whole and of cut characters', () => {
  for (const text of ['a', 'é', 'あ', '😄', 'x😄', '\u{10ffff}', '\ufffd']) {
    const bytes = Buffer.from(text)
    const nLast = Buffer.byteLength([...text].at(-1)!)
    assert.equal(incompleteTail(bytes), 0, text)
    for (let nCut = 1; nCut < nLast; nCut++) {
      assert.equal(incompleteTail(bytes.subarray(0, bytes.length - nCut)), nLast - nCut, `${text} less ${nCut}`)
    }
  }
  assert.equal(incompleteTail(new Uint8Array(0)), 0)
})

test('incompleteTail() holds nothing back for bytes that are no beginning', () => {
  const never = [
    [0x80],
    [0xbf, 0xbf],
    [0x80, 0x80, 0x80, 0x80],
    [0xff],
    [0xfe],
    [0xf8],
    [0xc3, 0x28],
    [0xc3, 0xa9, 0xa9],
  ]
  for (const bytes of never) assert.equal(incompleteTail(Uint8Array.from(bytes)), 0, hex(bytes))
})

test('incompleteTail() holds nothing back for bytes that can never become a character (RFC 3629)', () => {
  const never = [
    [0xc0],
    [0xc1],
    [0xf5],
    [0xf7],
    [0xe0, 0x80],
    [0xed, 0xa0],
    [0xf0, 0x8f],
    [0xf4, 0x90],
    [0xf4, 0x90, 0x80],
  ]
  for (const bytes of never) assert.equal(incompleteTail(Uint8Array.from(bytes)), 0, hex(bytes))
})

test('incompleteTail() agrees with trying every continuation, for random bytes of whole text', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const characters = [...'aé\u07ffあ\ud7ff\ue000\uffff😄\u{10000}\u{10ffff}\n']
  for (let i = 0; i < 500; i++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 4) }, () => characters[Math.floor(random() * 11)]).join(
      '',
    )
    const bytes = [...Buffer.from(text)]
    const cut = bytes.slice(0, 1 + Math.floor(random() * bytes.length))
    assert.equal(incompleteTail(Uint8Array.from(cut)), slowIncompleteTail(cut), hex(cut))
  }
})

test('incompleteTail() agrees with trying every continuation, for any random bytes', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let i = 0; i < 500; i++) {
    const bytes = Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(0x70 + random() * 0x90))
    assert.equal(incompleteTail(Uint8Array.from(bytes)), slowIncompleteTail(bytes), hex(bytes))
  }
})

test('textOf() shows what is not UTF-8 as U+FFFD and keeps a byte order mark', () => {
  assert.equal(textOf(Buffer.from('é😄')), 'é😄')
  assert.equal(textOf(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb')
  assert.equal(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
})
