import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFolder } from '../../../../src/files/model-store/make-folder.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-folder-'))
after(() => rmSync(dir, { recursive: true }))

test('makeFolder() makes what is missing, and takes what is there', async () => {
  const path = join(dir, 'a', 'b', 'c')
  await makeFolder(path)
  await makeFolder(path)
  assert.ok(existsSync(path))
})

test('makeFolder() fails at once where no folder can be', async () => {
  writeFileSync(join(dir, 'file'), '')
  await assert.rejects(makeFolder(join(dir, 'file')), { code: 'EEXIST' })
  await assert.rejects(makeFolder(join(dir, 'file', 'x')), { code: 'ENOTDIR' })
})

test('makeFolder() fails below /proc', { skip: !existsSync('/proc/self') }, async () => {
  await assert.rejects(makeFolder('/proc/nothing/models'), { code: 'ENOENT' })
})
