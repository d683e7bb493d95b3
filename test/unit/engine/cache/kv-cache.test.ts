import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KvCache, type KvCacheOptions } from '../../../../src/engine/cache/kv-cache.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

function cacheOf(options: Partial<KvCacheOptions> = {}): KvCache {
  const groupAttention = { factor: 1, width: 1 }
  return new KvCache({ nStreams: 3, nCtx: 100, canCut: true, canShift: true, nSwa: 0, groupAttention, ...options })
}

/** A cache whose stream `streamId` holds the prompt. */
function filled(cache: KvCache, streamId: number, prompt: readonly number[], nowMs = 1): KvCache {
  const sequence = sequenceOf({ prompt })
  cache.lease(streamId, sequence, nowMs)
  sequence.computed(prompt.length, nowMs)
  cache.release(streamId, nowMs)
  return cache
}

describe('match and lease', () => {
  test('match() has every free stream with what it has in common, and changes nothing', () => {
    const cache = filled(filled(cacheOf(), 0, tokensFrom(0, 10)), 1, [0, 1, 2, 9])
    cache.lease(2, sequenceOf({ prompt: [5] }), 1)
    const before = cache.streams.map(({ cells }) => [...cells])
    const found = cache.match(sequenceOf({ prompt: tokensFrom(0, 6) })).map(({ stream, nSame }) => [stream.id, nSame])
    assert.deepEqual(found, [
      [0, 6],
      [1, 3],
    ])
    assert.deepEqual(
      cache.streams.map(({ cells }) => [...cells]),
      before,
    )
  })

  test('a lease keeps what both have in common and plans to remove the rest', () => {
    const cache = filled(cacheOf(), 0, tokensFrom(0, 10))
    const sequence = sequenceOf({ prompt: [...tokensFrom(0, 6), 77] })
    assert.deepEqual(cache.lease(0, sequence, 5), [{ kind: 'remove', streamId: 0, start: 6, end: -1 }])
    assert.deepEqual([sequence.nComputed, sequence.nCached, cache.stream(0).nCells], [6, 6, 6])
    cache.checkInvariants()
  })

  test('a stream is leased to one holder at a time', () => {
    const cache = cacheOf()
    cache.lease(0, sequenceOf(), 1)
    assert.throws(() => cache.lease(0, sequenceOf(), 1), /leased twice/)
    assert.throws(() => cache.lease(3, sequenceOf(), 1), /no stream 3/)
  })

  test('a memory that cannot be cut is used as a whole or not at all', () => {
    const cache = filled(cacheOf({ canCut: false, canShift: false }), 0, tokensFrom(0, 10))
    const shorter = sequenceOf({ prompt: tokensFrom(0, 8) })
    assert.deepEqual(cache.lease(0, shorter, 1), [{ kind: 'remove', streamId: 0, start: 0, end: -1 }])
    assert.equal(shorter.nCached, 0)
  })
})

describe('what leaves the cache', () => {
  test('discard() takes tokens out and closes the gap, or computes all again where cells cannot move', () => {
    for (const canShift of [true, false]) {
      const cache = cacheOf({ canShift })
      const sequence = sequenceOf({ prompt: tokensFrom(0, 10) })
      cache.lease(0, sequence, 1)
      sequence.computed(10, 1)
      const moves = cache.discard(0, 2, 6)
      assert.deepEqual(sequence.tokens, [0, 1, 6, 7, 8, 9])
      assert.equal(sequence.nComputed, canShift ? 6 : 0)
      assert.deepEqual(
        moves,
        canShift
          ? [
              { kind: 'remove', streamId: 0, start: 2, end: 6 },
              { kind: 'shift', streamId: 0, start: 6, end: 10, delta: -4 },
            ]
          : [{ kind: 'remove', streamId: 0, start: 0, end: -1 }],
      )
      cache.checkInvariants()
    }
  })

  test('forgetFree() never takes the cells of a leased stream', () => {
    const cache = filled(filled(cacheOf(), 0, [1, 2]), 1, [3, 4])
    const sequence = sequenceOf({ prompt: [1, 2, 3] })
    cache.lease(0, sequence, 1)
    assert.deepEqual(cache.forgetFree(), [{ kind: 'remove', streamId: 1, start: 0, end: -1 }])
    assert.deepEqual(
      cache.streams.map(({ nCells }) => nCells),
      [2, 0, 0],
    )
  })
})

describe('what is shared', () => {
  const shared = tokensFrom(0, 6)

  test('is copied from a stream that has all of it, also while that is leased, and its tail is cut', () => {
    const cache = cacheOf()
    const busy = sequenceOf({ prompt: [...shared, 70, 71] })
    cache.lease(2, busy, 1)
    busy.computed(8, 1)
    const sequence = sequenceOf({ prompt: [...shared, 80], nSystem: 6, cachePrompt: false })
    assert.deepEqual(cache.lease(0, sequence, 2), [
      { kind: 'copy', streamId: 0, from: 2 },
      { kind: 'remove', streamId: 0, start: 6, end: -1 },
    ])
    assert.equal(sequence.nCached, 6)
    cache.checkInvariants()
  })

  test('is not copied where the stream has it, nor from one that has a part, nor where a copy could not be cut', () => {
    const own = filled(filled(cacheOf(), 0, [...shared, 1]), 1, [...shared, 2])
    assert.ok(
      own.lease(0, sequenceOf({ prompt: [...shared, 3], nSystem: 6 }), 2).every(({ kind }) => kind === 'remove'),
    )
    const part = filled(cacheOf(), 1, shared.slice(0, 5))
    assert.deepEqual(part.lease(0, sequenceOf({ prompt: [...shared, 3], nSystem: 6 }), 2), [])
    const whole = filled(cacheOf({ canCut: false, canShift: false }), 1, [...shared, 9])
    assert.deepEqual(whole.lease(0, sequenceOf({ prompt: [...shared, 3], nSystem: 6 }), 2), [])
    const others = sequenceOf({ prompt: [...shared, 3], nSystem: 6, adapterScales: [1] })
    assert.deepEqual(filled(cacheOf(), 1, shared).lease(0, others, 2), [])
  })
})

test('a restored sliding window is cut back by one token at most', () => {
  const cache = cacheOf({ canShift: false, nSwa: 4 })
  const tokens = tokensFrom(0, 10)
  cache.restored(0, { tokens, adapters: '', nGrouped: 0 }, 9, 1)
  const sequence = sequenceOf({ prompt: [...tokens.slice(0, 8), 77] })
  cache.lease(0, sequence, 1)
  assert.equal(sequence.nCached, 0)
  cache.restored(1, { tokens, adapters: '', nGrouped: 0 }, 9, 1)
  const whole = sequenceOf({ prompt: tokens })
  cache.lease(1, whole, 1)
  assert.equal(whole.nCached, 9)
})

test('checkInvariants() finds a holder with two streams, and more cells than there is room for', () => {
  const cache = cacheOf({ nCtx: 4 })
  const sequence = sequenceOf({ prompt: [1] })
  cache.lease(0, sequence, 1)
  cache.lease(1, sequence, 1)
  assert.throws(() => cache.checkInvariants(), /two streams/)
  const full = filled(cacheOf({ nCtx: 4 }), 0, [1, 2, 3, 4, 5])
  assert.throws(() => full.checkInvariants(), /5 of 4 cells/)
})
