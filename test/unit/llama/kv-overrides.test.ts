import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartError } from '../../../src/base/errors.ts'
import { packOverrides, unusedKeys } from '../../../src/llama/kv-overrides.ts'

test('packOverrides() lays records out as llama.h has them, and ends with an empty key', () => {
  const bytes = Buffer.from(
    packOverrides([
      { key: 'a', type: 'int', value: -2 },
      { key: 'b', type: 'float', value: 0.5 },
      { key: 'c', type: 'bool', value: true },
      { key: 'é', type: 'str', value: 'x'.repeat(127) },
    ]),
  )
  assert.equal(bytes.length, 5 * 264)
  const at = (i: number) => bytes.subarray(i * 264)
  const key = (i: number) => at(i).toString('utf8', 4, at(i).indexOf(0, 4))
  assert.deepEqual([0, 1, 2, 3, 4].map(key), ['a', 'b', 'c', 'é', ''])
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => at(i).readUInt32LE()),
    [0, 1, 2, 3],
  )
  assert.deepEqual([at(0).readBigInt64LE(136), at(1).readDoubleLE(136), at(2).readUInt8(136)], [-2n, 0.5, 1])
  assert.deepEqual([at(3).toString('utf8', 136, 263), at(3)[263]], ['x'.repeat(127), 0])
})

test('unusedKeys() tells the keys that no line of the log names, and refuses those of another type', () => {
  const overrides = [
    { key: 'a.n', type: 'int', value: 1 },
    { key: 'a', type: 'int', value: 1 },
  ] as const
  const taken = "validate_override: Using metadata override (  int) 'a.n' = 1"
  assert.deepEqual(unusedKeys(overrides, [taken]), ['a'])
  const wrong = "validate_override: Warning: Bad metadata override type for key 'a', expected float but got int"
  assert.throws(
    () => unusedKeys(overrides, [taken, wrong]),
    (error) => error instanceof StartError && /^--override-kv: a is of the type float, not int$/.test(error.message),
  )
})
