// --list-devices, and a GPU package that is installed but cannot be used: whoever starts the server learns why.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { enginePackagesVersion, installedPackages } from '../../../src/llama/platform.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { run, startMarked, temporaryFolder } from './programs.ts'

const cpu = installedPackages().at(-1)!
const name = cpu.name.replace(/^(linux|win)-x64$/, '$1-x64-vulkan')
const skip = name === cpu.name ? 'this platform has no GPU package of its own' : false

/** A folder for NODE_PATH with a GPU package in it. */
function installPackage(version: string, libraries: (bins: string) => void): string {
  const modules = temporaryFolder()
  const bins = join(modules, '@node-llama-cpp', name, 'bins', name)
  mkdirSync(bins, { recursive: true })
  writeFileSync(join(modules, '@node-llama-cpp', name, 'package.json'), JSON.stringify({ version }))
  libraries(bins)
  return modules
}

/** The package for the CPU, with a GPU backend that cannot be loaded: as where a driver is missing. */
function withoutDriver(bins: string): void {
  for (const file of readdirSync(dirname(cpu.files.llama))) {
    symlinkSync(join(dirname(cpu.files.llama), file), join(bins, file))
  }
  writeFileSync(join(bins, 'libggml-vulkan.so'), 'not a library')
}

test('--list-devices prints what the engine can compute on, and how to get a GPU package', async () => {
  const { code, stdout, stderr } = await run(['--list-devices'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^engine: @node-llama-cpp\/\S+\n/)
  assert.match(stdout, /^CPU: .+ \(cpu, [\d.]+ GiB, [\d.]+ GiB free\)$/m)
  if (name !== cpu.name) assert.match(stdout, /^no GPU: .*npm install --no-save @node-llama-cpp\/\S+/m)
})

test('a GPU package that cannot be used is named with its reason', { skip }, async () => {
  const cases: readonly (readonly [modules: string, why: RegExp])[] = [
    [installPackage('3.0.0', () => {}), new RegExp(`it is version 3\\.0\\.0, and ${enginePackagesVersion} is needed`)],
    [installPackage(enginePackagesVersion, () => {}), /its libraries are not in /],
    [installPackage(enginePackagesVersion, withoutDriver), /libggml-vulkan\.so does not load: \S/],
  ]
  for (const [modules, why] of cases) {
    const { code, stdout } = await run(['--list-devices'], { NODE_PATH: modules })
    assert.equal(code, 0)
    const problem = new RegExp(`^no GPU: @node-llama-cpp/${name} is installed but not used: ${why.source}`, 'm')
    assert.match(stdout, problem)
    const server = await startMarked(['-m', tinyModel('tiny-llama')], { NODE_PATH: modules })
    assert.match(server.output(), new RegExp(`WARN.*@node-llama-cpp/${name} is installed but not used: ${why.source}`))
    await server.stop()
  }
})
