import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { enginePackagesVersion, packageNames, readPackage } from '../../../src/llama/platform.ts'

test('packageNames() puts GPU packages before the CPU one, and knows every platform that has an engine', () => {
  assert.deepEqual(packageNames('linux', 'x64'), ['linux-x64-cuda', 'linux-x64-vulkan', 'linux-x64'])
  assert.deepEqual(packageNames('darwin', 'arm64'), ['mac-arm64-metal'])
  assert.equal(packageNames('win32', 'x64').at(-1), 'win-x64')
  assert.deepEqual(packageNames('aix', 'ppc64'), [])
})

test('readPackage() finds libraries whose names have a kind, and says why a package cannot be used', () => {
  const root = mkdtempSync(join(tmpdir(), 'cria-package-'))
  after(() => rmSync(root, { recursive: true }))
  const name = 'linux-x64-vulkan'
  const bins = join(root, 'bins', name)
  const setVersion = (version: string) => writeFileSync(join(root, 'package.json'), JSON.stringify({ version }))
  const why = () => {
    const found = readPackage(root, name)
    return 'why' in found ? found.why : undefined
  }
  setVersion('1.0.0')
  assert.match(why()!, /^it is version 1\.0\.0, and .* is needed; run: npm install .*linux-x64-vulkan@/)
  setVersion(enginePackagesVersion)
  assert.match(why()!, /^its libraries are not in /)
  mkdirSync(bins, { recursive: true })
  for (const file of ['libggml-base.so', 'libggml-vulkan.so', 'libllama-common.so', 'libggml.vulkan.v0.5.0.so']) {
    writeFileSync(join(bins, file), '')
  }
  assert.match(why()!, /^its libraries are not in /)
  writeFileSync(join(bins, 'libllama.vulkan.v0.5.0.so'), '')
  assert.deepEqual(readPackage(root, name), {
    name,
    dir: bins,
    files: {
      base: join(bins, 'libggml-base.so'),
      ggml: join(bins, 'libggml.vulkan.v0.5.0.so'),
      llama: join(bins, 'libllama.vulkan.v0.5.0.so'),
    },
  })
})
