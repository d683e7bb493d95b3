import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commonPrefix, KvStream } from '../../../../src/engine/cache/kv-stream.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

test('a new stream is free, empty and was never used', () => {
  const stream = new KvStream(3)
  assert.deepEqual([stream.id, stream.isLeased, stream.cells, stream.nCells, stream.lastUsed], [3, false, [], 0, 0])
})

test('the cells of a stream are the computed tokens of its holder, and stay when that leaves', () => {
  const stream = new KvStream(0)
  const sequence = sequenceOf({ prompt: tokensFrom(0, 6) })
  stream.lend(sequence)
  assert.deepEqual([stream.isLeased, stream.cells, stream.nCells], [true, [], 0])
  sequence.computed(4, 1)
  assert.deepEqual([stream.cells, stream.nCells], [[0, 1, 2, 3], 4])
  sequence.computed(2, 2)
  sequence.append(9, 3) // sampled, not computed
  stream.leave(42)
  sequence.append(10, 50) // no longer ours
  assert.deepEqual([stream.isLeased, stream.cells, stream.nCells, stream.lastUsed], [false, tokensFrom(0, 6), 6, 42])
})

test('the next holder has the stream to itself', () => {
  const stream = new KvStream(0)
  const first = sequenceOf({ prompt: [1, 2, 3] })
  stream.lend(first)
  first.computed(3, 1)
  stream.leave(1)
  const second = sequenceOf({ prompt: [1, 2, 3, 4] })
  second.begin(3, 2)
  stream.lend(second)
  assert.deepEqual(stream.cells, [1, 2, 3])
})

test('empty() takes the cells of a free stream, and makes the holder of a leased one start anew', () => {
  const stream = new KvStream(0)
  const sequence = sequenceOf({ prompt: [1, 2, 3] })
  stream.lend(sequence)
  sequence.computed(3, 1)
  stream.empty()
  assert.deepEqual([sequence.nComputed, stream.cells, stream.isLeased], [0, [], true])
  sequence.computed(2, 2)
  stream.leave(3)
  assert.equal(stream.nCells, 2)
  stream.empty()
  assert.deepEqual([stream.nCells, stream.cells], [0, []])
})

test('what a leased stream has in common with others counts computed tokens alone', () => {
  const stream = new KvStream(0)
  const sequence = sequenceOf({ prompt: tokensFrom(0, 6) })
  stream.lend(sequence)
  sequence.computed(4, 1)
  assert.equal(stream.commonWith(sequenceOf({ prompt: tokensFrom(0, 9) })), 4)
})

test('a copy of cells has the adapters of the stream that they come from', () => {
  const [from, to] = [new KvStream(0), new KvStream(1)]
  const made = sequenceOf({ prompt: [1, 2, 3], adapterScales: [0.5] })
  from.lend(made)
  made.computed(3, 1)
  from.leave(1)
  to.copyFrom(from)
  const next = (adapterScales: readonly number[]) => sequenceOf({ prompt: [1, 2, 3, 4], adapterScales })
  assert.deepEqual([to.commonWith(next([0.5])), to.commonWith(next([1]))], [3, 0])
})

test('commonPrefix() counts the tokens that two lists begin with alike, up to a limit', () => {
  const cases = [
    [[], [], 0],
    [[], [1], 0],
    [[1], [2], 0],
    [[1, 2, 3], [1, 2, 3], 3],
    [[1, 2, 3], [1, 2], 2],
    [[1, 2], [1, 2, 3], 2],
    [[1, 2, 3, 4], [1, 2, 9, 4], 2],
  ] as const
  for (const [a, b, n] of cases) assert.equal(commonPrefix(a, b), n, JSON.stringify([a, b]))
  assert.equal(commonPrefix([1, 2, 3], [1, 2, 3], 2), 2)
})
