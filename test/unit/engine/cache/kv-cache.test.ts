import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KvCache, type KvCacheOptions } from '../../../../src/engine/cache/kv-cache.ts'
import type { GenerationTask } from '../../../../src/protocol/task.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

function cacheOf(options: Partial<KvCacheOptions> = {}): KvCache {
  const groupAttention = { factor: 1, width: 1 }
  return new KvCache({
    nStreams: 3,
    nCtx: 100,
    canCut: true,
    canShift: true,
    isPool: false,
    nSwa: 0,
    groupAttention,
    ...options,
  })
}

/** A cache whose stream `streamId` holds the prompt. */
function filled(cache: KvCache, streamId: number, prompt: readonly number[], nowMs = 1): KvCache {
  const sequence = sequenceOf({ prompt })
  cache.lease(streamId, sequence, nowMs)
  sequence.computed(sequence.nPending, nowMs)
  cache.release(streamId, nowMs)
  return cache
}

describe('match and lease', () => {
  test('match() has what can be taken from every stream, busy or not, and changes nothing', () => {
    const cache = filled(filled(cacheOf(), 0, tokensFrom(0, 10)), 1, [0, 1, 2, 9])
    const busy = sequenceOf({ prompt: tokensFrom(0, 6) })
    cache.lease(2, busy, 1)
    busy.computed(4, 1)
    const before = cache.streams.map(({ cells }) => [...cells])
    const found = cache.match(sequenceOf({ prompt: tokensFrom(0, 6) })).map(({ stream, nSame }) => [stream.id, nSame])
    assert.deepEqual(found, [
      [0, 5], // the last token is computed again, for its logits
      [1, 3],
      [2, 4],
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

describe('prefixes of other streams', () => {
  const prefix = tokensFrom(0, 40)

  /** A cache whose stream 0 is leased and has the prefix and 10 tokens more. */
  function busyCache(options: Partial<KvCacheOptions> = {}, fields: Partial<GenerationTask> = {}) {
    const cache = cacheOf(options)
    const holder = sequenceOf({ prompt: [...prefix, ...tokensFrom(900, 20)], ...fields })
    cache.lease(0, holder, 1)
    holder.computed(50, 1)
    return { cache, holder }
  }

  const next = (fields: Partial<GenerationTask> = {}) => sequenceOf({ prompt: [...prefix, 7, 8], ...fields })

  test('the longest is copied, from a stream that computes as from one that is left', () => {
    const { cache } = busyCache()
    filled(cache, 1, prefix.slice(0, 20))
    const sequence = next()
    assert.deepEqual(cache.lease(2, sequence, 2), [
      { kind: 'copy', streamId: 2, from: 0 },
      { kind: 'remove', streamId: 2, start: 40, end: -1 },
    ])
    assert.deepEqual([sequence.nCached, cache.stream(2).cells], [40, prefix])
    cache.release(0, 3)
    assert.deepEqual(cache.lease(1, next(), 4)[0], { kind: 'copy', streamId: 1, from: 0 })
    cache.checkInvariants()
  })

  test('a copy must save more tokens than it costs: 16, and one for each 256 cells of a stream', () => {
    for (const [nCtx, nHere, isCopied] of [
      [100, 24, true],
      [100, 25, false],
      [256 * 40, 0, true],
      [256 * 40 + 1, 0, false],
    ] as const) {
      const { cache } = busyCache({ nCtx })
      if (nHere > 0) filled(cache, 1, prefix.slice(0, nHere))
      const sequence = next()
      cache.lease(1, sequence, 2)
      assert.equal(sequence.nCached, isCopied ? 40 : nHere, `${nHere} tokens here, ${nCtx} cells`)
    }
  })

  test('nothing is taken from another scope but what is the server’s own, nor from other adapters', () => {
    for (const [fields, nCached] of [
      [{ cacheScope: 'a' }, 40],
      [{ cacheScope: 'b' }, 0],
      [{ cacheScope: '' }, 0],
      [{ cacheScope: 'b', nSystem: 30 }, 30],
      [{ cacheScope: 'a', adapterScales: [1] }, 0],
      [{ cacheScope: 'a', cachePrompt: false }, 0],
    ] as const) {
      for (const streamId of [0, 1]) {
        const { cache } = busyCache({}, { cacheScope: 'a' })
        cache.release(0, 1)
        const sequence = next(fields)
        cache.lease(streamId, sequence, 2)
        assert.equal(sequence.nCached, nCached, JSON.stringify({ fields, streamId }))
        assert.deepEqual(cache.stream(streamId).cells, prefix.slice(0, nCached))
        cache.checkInvariants()
      }
    }
  })

  test('cells that have seen what left the context are no prefix of anything', () => {
    const { cache } = busyCache()
    cache.discard(0, 4, 8)
    const rest = [...prefix.slice(0, 4), ...prefix.slice(8)]
    const sequence = sequenceOf({ prompt: [...rest, 7] })
    cache.lease(1, sequence, 2)
    assert.equal(sequence.nCached, 0)
    cache.release(0, 3)
    assert.deepEqual(
      cache.match(sequenceOf({ prompt: [...rest, 7] })).map(({ nSame }) => nSame),
      [4, 0, 0],
    )
    const own = sequenceOf({ prompt: [...rest, 7] })
    cache.lease(0, own, 4)
    assert.equal(own.nCached, 4)
  })

  test('of a memory that cannot be cut a stream is copied only as a whole', () => {
    const { cache, holder } = busyCache({ canCut: false, canShift: false })
    assert.deepEqual(cache.lease(1, next(), 2), [])
    const longer = sequenceOf({ prompt: [...holder.tokens.slice(0, 50), 7] })
    assert.deepEqual(cache.lease(2, longer, 2), [{ kind: 'copy', streamId: 2, from: 0 }])
  })

  test('cells that a pool has once for two streams are not moved: who would move them computes again', () => {
    const { cache, holder } = busyCache({ isPool: true })
    const sequence = next()
    cache.lease(1, sequence, 2)
    assert.equal(sequence.nCached, 40)
    assert.deepEqual(cache.discard(0, 4, 39), [{ kind: 'remove', streamId: 0, start: 0, end: -1 }])
    assert.equal(holder.nComputed, 0)
    sequence.computed(2, 3)
    assert.deepEqual(
      cache.discard(1, 4, 40).map(({ kind }) => kind),
      ['remove', 'shift'],
    )
  })

  test('a pool whose windows are grouped has no cells in common', () => {
    const { cache } = busyCache({ isPool: true, groupAttention: { factor: 2, width: 8 } })
    assert.deepEqual(cache.lease(1, next({ nSystem: 40 }), 2), [])
  })

  test('leaseAgain() takes what has been computed since', () => {
    const cache = cacheOf()
    const first = next()
    cache.lease(0, first, 1)
    const second = next()
    cache.lease(1, second, 1)
    first.computed(40, 2)
    assert.deepEqual(cache.leaseAgain(1, 3), [{ kind: 'copy', streamId: 1, from: 0 }])
    assert.deepEqual([second.nCached, second.nComputed, cache.stream(1).holder], [40, 40, second])
    cache.checkInvariants()
  })
})

test('a restored sliding window is cut back by one token at most', () => {
  const cache = cacheOf({ canShift: false, nSwa: 4 })
  const tokens = tokensFrom(0, 10)
  const saved = { tokens, adapters: '', scope: '', nGrouped: 0, nPlain: Number.POSITIVE_INFINITY }
  cache.restored(0, saved, 9, 1)
  const sequence = sequenceOf({ prompt: [...tokens.slice(0, 8), 77] })
  cache.lease(0, sequence, 1)
  assert.equal(sequence.nCached, 0)
  cache.restored(1, saved, 9, 1)
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
