import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageNames } from '../../../src/llama/platform.ts'

test('packageNames() puts GPU packages before the CPU one, and knows every platform that has an engine', () => {
  assert.deepEqual(packageNames('linux', 'x64'), ['linux-x64-cuda', 'linux-x64-vulkan', 'linux-x64'])
  assert.deepEqual(packageNames('darwin', 'arm64'), ['mac-arm64-metal'])
  assert.equal(packageNames('win32', 'x64').at(-1), 'win-x64')
  assert.deepEqual(packageNames('aix', 'ppc64'), [])
})
