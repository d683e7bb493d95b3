import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TextStream } from '../../../../../src/engine/generation/text/text-stream.ts'
import { seededRandom } from '../../../../support/random.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

function run(stop: readonly string[], pieces: readonly Uint8Array[]) {
  const stream = new TextStream<number>(stop)
  const parts: string[] = []
  const tokens: number[] = []
  for (const [i, piece] of pieces.entries()) {
    const released = stream.push(i, piece, i)
    parts.push(released.text)
    tokens.push(...released.tokens.map((t) => t.token))
    if (stream.stoppingWord !== undefined) return { parts, tokens, word: stream.stoppingWord }
  }
  const rest = stream.finish()
  parts.push(rest.text)
  tokens.push(...rest.tokens.map((t) => t.token))
  return { parts, tokens, word: undefined }
}

test('a character that is cut over several tokens arrives whole, with the token that completes it', () => {
  const llama = [...Buffer.from('🦙')].map((byte) => new Uint8Array([byte]))
  const { parts, tokens } = run([], [bytes('a '), ...llama, bytes('!')])
  assert.deepEqual(parts, ['a ', '', '', '', '🦙', '!', ''])
  assert.deepEqual(tokens, [0, 1, 2, 3, 4, 5])
})

test('half a character at the end is dropped, and its token is still told', () => {
  const { parts, tokens } = run([], [bytes('ok'), new Uint8Array([0xf0, 0x9f])])
  assert.equal(parts.join(''), 'ok')
  assert.deepEqual(tokens, [0, 1])
})

test('bytes that are not UTF-8 become replacement characters and hold nothing up', () => {
  const { parts } = run([], [new Uint8Array([0xff]), bytes('x'), new Uint8Array([0xe2, 0x28]), bytes('y')])
  assert.equal(parts.join(''), '\ufffdx\ufffd(y')
})

test('a stop string over several tokens is never shown, and its tokens are not released', () => {
  const { parts, tokens, word } = run(['\nUser:'], ['Hi', ' there', '\n', 'User', ':', ' no'].map(bytes))
  assert.equal(parts.join(''), 'Hi there')
  assert.equal(word, '\nUser:')
  assert.deepEqual(tokens, [0, 1])
})

test('the beginning of a stop string is shown as soon as it cannot become one', () => {
  const { parts } = run(['\nUser:'], ['Hi', '\nUs', 'ers'].map(bytes))
  assert.deepEqual(parts, ['Hi', '', '\nUsers', ''])
})

test('of two stop strings at the same place the longer one counts, and the earlier place wins', () => {
  assert.equal(run(['ab', 'abc'], [bytes('xabcd')]).word, 'abc')
  const early = run(['cd', 'bcx'], [bytes('abcd')])
  assert.deepEqual([early.word, early.parts.join('')], ['cd', 'ab'])
})

test('more stop strings than a call has room for arguments are one automaton', () => {
  const words = Array.from({ length: 130_000 }, (_, i) => `stop ${i} `)
  const stream = new TextStream<undefined>(words)
  const shown = [...'now stop 129999 '].map((char) => stream.push(0, Buffer.from(char), undefined).text)
  assert.equal(shown.join(''), 'now ')
  assert.equal(stream.stoppingWord, 'stop 129999 ')
})

test('any text, any cut: what is shown is the text before the first stop string (random, against the obvious way)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!
  for (let round = 0; round < 2000; round++) {
    const alphabet = ['a', 'b', 'ä', '🦙', '\n']
    const text = Array.from({ length: 1 + Math.floor(random() * 20) }, () => pick(alphabet)).join('')
    const stop = Array.from({ length: Math.floor(random() * 3) }, () =>
      Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(alphabet)).join(''),
    )
    const all = Buffer.from(text)
    const pieces: Uint8Array[] = []
    for (let at = 0; at < all.length; ) {
      const length = 1 + Math.floor(random() * 4)
      pieces.push(new Uint8Array(all.subarray(at, at + length)))
      at += length
    }
    const { parts, tokens, word } = run(stop, pieces)
    const shown = parts.join('')
    // a stop string that completes first ends the text, even when a longer one began earlier
    const ends = stop.map((s) => ({ s, start: text.indexOf(s) })).filter(({ start }) => start >= 0)
    if (ends.length === 0) {
      assert.equal(shown, text, `round ${round}`)
      assert.equal(tokens.length, pieces.length)
    } else {
      assert.ok(
        word !== undefined && text.startsWith(shown + word),
        `round ${round}: ${JSON.stringify({ text, stop, shown })}`,
      )
      assert.ok(stop.every((s) => !shown.includes(s)))
    }
    for (const part of parts) assert.ok(!part.includes('\ufffd'))
  }
})
