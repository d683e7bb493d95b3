import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize, rowsOf } from '../../../../src/server/generate/embed.ts'

const vector = Float32Array.from([3, -4, 0])

test('-1 leaves a vector as it is', () => {
  assert.deepEqual(Array.from(normalize(vector, -1)), [3, -4, 0])
})

test('0 makes the largest number that of 16 bits', () => {
  assert.deepEqual(Array.from(normalize(vector, 0)), [24_570, -32_760, 0])
})

test('p makes the p-norm 1', () => {
  for (const p of [1, 2, 3, 7]) {
    const scaled = normalize(vector, p)
    const norm = scaled.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p)
    assert.ok(Math.abs(norm - 1) < 1e-6, `${p}: ${norm}`)
    assert.ok(Math.abs(scaled[0]! / scaled[1]! + 0.75) < 1e-6)
  }
})

test('a high p neither overflows nor vanishes', () => {
  const scaled = normalize(Float32Array.from([1e20, 1e-20, -1e20]), 1000)
  assert.ok(scaled[0]! > 0.99 && scaled[0]! <= 1, `${scaled[0]}`)
})

test('zeros stay zeros', () => {
  for (const how of [-1, 0, 1, 2]) assert.deepEqual(Array.from(normalize(new Float32Array(3), how)), [0, 0, 0])
})

test('rowsOf() cuts the vectors of all tokens apart', () => {
  const info = { pooling: 'none', width: 2, maxTokens: 9, limit: 'context', memoryMiB: 0 } as const
  assert.deepEqual(
    rowsOf(Float32Array.from([1, 2, 3, 4]), info).map((row) => Array.from(row)),
    [
      [1, 2],
      [3, 4],
    ],
  )
})
