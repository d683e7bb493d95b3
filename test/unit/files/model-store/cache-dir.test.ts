import assert from 'node:assert/strict'
import { isAbsolute, join } from 'node:path'
import { test } from 'node:test'
import { defaultCacheDir, modelsDir } from '../../../../src/files/model-store/cache-dir.ts'

test("the default cache folder is the platform's, named cria", () => {
  assert.ok(isAbsolute(defaultCacheDir()))
  assert.match(defaultCacheDir(), /cria/)
  assert.doesNotMatch(defaultCacheDir(), /nodejs/)
})

test('models have a folder of their own, and its path is absolute', () => {
  assert.equal(modelsDir('/a/b'), join('/a/b', 'models'))
  assert.ok(isAbsolute(modelsDir('relative')))
})
