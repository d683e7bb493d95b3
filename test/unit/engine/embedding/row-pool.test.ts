import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowPool, type RowPooling } from '../../../../src/engine/embedding/row-pool.ts'

const rows = Float32Array.from([1, 2, 3, 5, 8, 11]) // three tokens

/** The same in one piece, and cut after each token. */
function pooled(pooling: RowPooling): number[] {
  const whole = new RowPool(pooling, 3, 2)
  whole.add(0, rows)
  const pieces = new RowPool(pooling, 3, 2)
  for (let i = 0; i < 3; i++) pieces.add(i, rows.subarray(2 * i, 2 * i + 2))
  assert.deepEqual(pieces.result(), whole.result())
  return Array.from(whole.result())
}

test('none keeps all, cls the first, last the last, mean their mean, in any pieces', () => {
  assert.deepEqual(pooled('none'), [1, 2, 3, 5, 8, 11])
  assert.deepEqual(pooled('cls'), [1, 2])
  assert.deepEqual(pooled('last'), [8, 11])
  assert.deepEqual(pooled('mean'), [4, 6])
})

test('tokens that are not asked for may be left out', () => {
  const last = new RowPool('last', 3, 2)
  last.add(2, rows.subarray(4))
  assert.deepEqual(Array.from(last.result()), [8, 11])
})

test('what is kept does not change with the memory that it came from', () => {
  const memory = Float32Array.from([1, 2])
  const pool = new RowPool('last', 1, 2)
  pool.add(0, memory)
  memory.fill(0)
  assert.deepEqual(Array.from(pool.result()), [1, 2])
})

test('rows beyond the text are a mistake of ours', () => {
  assert.throws(() => new RowPool('mean', 2, 2).add(1, rows))
})
