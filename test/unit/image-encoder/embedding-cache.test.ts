import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmbeddingCache } from '../../../src/image-encoder/embedding-cache.ts'
import { imageKeys } from '../../../src/image-encoder/prompt-encoder.ts'

const rows = (n: number) => new Float32Array(n)

test('the rows that were used longest ago leave first', () => {
  const cache = new EmbeddingCache(40)
  cache.set('a', rows(4))
  cache.set('b', rows(4))
  assert.equal(cache.get('a')?.length, 4)
  cache.set('c', rows(4))
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key) !== undefined),
    [true, false, true],
  )
  assert.equal(cache.nBytes, 32)
})

test('rows that alone are too many are not kept, and drive nobody out', () => {
  const cache = new EmbeddingCache(40)
  cache.set('a', rows(4))
  cache.set('b', rows(11))
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a')?.length, 4)
  cache.set('a', rows(6))
  assert.equal(cache.nBytes, 24)
  new EmbeddingCache(0).set('a', rows(1))
})

test('each tile of a picture has a key of its own, the same in every prompt', () => {
  assert.deepEqual(imageKeys(['x', 'x', 'y', 'x']), ['x#0', 'x#1', 'y#0', 'x#0'])
  assert.deepEqual(imageKeys(['y', 'x', 'x']), ['y#0', 'x#0', 'x#1'])
  assert.deepEqual(imageKeys([]), [])
})
