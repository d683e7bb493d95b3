import assert from 'node:assert/strict'
import { test } from 'node:test'
import { floatOfBf16, halfOf, halves } from '../../../../src/files/gguf/half.ts'
import { seededRandom } from '../../../support/random.ts'

test('every half that is a number comes back from its float', () => {
  const table = halves()
  for (let half = 0; half < 65_536; half++) {
    if (!Number.isNaN(table[half]!)) assert.equal(halfOf(table[half]!), half)
  }
  assert.ok(Number.isNaN(table[halfOf(Number.NaN)]!))
})

test('halfOf() takes the nearest half, of two equally near ones the even one (random)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const table = halves()
  const check = (value: number) => {
    const float = Math.fround(value)
    const half = halfOf(float)
    const distance = Math.abs(table[half]! - float)
    for (const other of [half - 1, half + 1]) {
      const further = Math.abs(table[other]! - float)
      assert.ok(Number.isNaN(further) || distance < further || (distance === further && half % 2 === 0), `${float}`)
    }
  }
  for (let i = 0; i < 20_000; i++) check((random() - 0.5) * 2 ** Math.floor(random() * 40 - 25))
  for (let half = 1; half < 0x7bff; half++) check((table[half]! + table[half + 1]!) / 2)
})

test('halfOf() makes what is too large infinite, and not what is a little less', () => {
  const cases = [
    [65_504, 0x7bff],
    [65_519.996, 0x7bff],
    [65_520, 0x7c00],
    [-1e30, 0xfc00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [-0, 0x8000],
    [2 ** -26, 0],
  ] as const
  for (const [value, half] of cases) assert.equal(halfOf(value), half, `${value}`)
})

test('floatOfBf16() is the float whose upper half it is', () => {
  assert.deepEqual([0x3f80, 0xc000, 0x0000, 0x7f80].map(floatOfBf16), [1, -2, 0, Number.POSITIVE_INFINITY])
})
