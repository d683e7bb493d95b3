import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSeed } from '../../../src/options/seed.ts'

test('a seed of 32 bits stays what it is, and so does the random one', () => {
  for (const seed of [-1, 0, 1, 42, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1]) assert.equal(readSeed(seed), seed)
})

test('every other seed of 64 bits is one of 32 bits, never the random one, and near ones differ', () => {
  const seeds = [2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 63, 2 ** 64 - 2048, -2, -3, -(2 ** 31), -(2 ** 53) + 1]
  const read = seeds.map(readSeed)
  for (const seed of read) assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 - 1, String(seed))
  assert.equal(new Set(read).size, seeds.length)
})
