// What package.json says to those who install the package. That it installs and runs: `npm run try-package`.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'))
const pkg = read('package.json')
const lock: { packages: Readonly<Record<string, LockEntry>> } = read('package-lock.json')

type LockEntry = { readonly dev?: boolean; readonly engines?: { readonly node?: string } }

/** The lowest version of a range of `>=a` and `^a` with `||` between them. */
function lowest(range: string): readonly [number, number] {
  const versions = range
    .split('||')
    .map((part) => /(\d+)(?:\.(\d+))?/.exec(part) ?? []) // `*` is every version
    .map(([, major = '0', minor = '0']) => [Number(major), Number(minor)] as const)
  return versions.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]!
}

test('every package that is installed with Cria runs on the oldest Node that Cria runs on', () => {
  const [major, minor] = lowest(pkg.engines.node)
  const tooNew = Object.entries(lock.packages).filter(([path, { dev, engines }]) => {
    if (path === '' || dev === true || engines?.node === undefined) return false
    const [itsMajor, itsMinor] = lowest(engines.node)
    return itsMajor > major || (itsMajor === major && itsMinor > minor)
  })
  assert.deepEqual(
    tooNew.map(([path]) => path),
    [],
  )
})

test('nothing in package.json counts only for this repository: what is locked reaches those who install', () => {
  assert.equal(pkg.overrides, undefined)
  assert.equal(pkg.workspaces, undefined)
  for (const [name, version] of Object.entries(pkg.dependencies)) assert.match(version as string, /^\d/, name)
})

test('the program, the library and its types are made from sources that are there', () => {
  const { types, default: main } = pkg.exports['.']
  for (const path of [pkg.bin.cria, types, main]) {
    assert.match(path, /^(\.\/)?dist\//)
    const source = path.replace(/^(\.\/)?dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts')
    assert.ok(existsSync(join(root, source)), source)
  }
})

test('packing, publishing and installing from git build first', () => {
  for (const script of ['prepack', 'prepare']) assert.equal(pkg.scripts[script], 'node scripts/prepare.mjs')
  assert.deepEqual(pkg.files, ['dist', 'THIRD-PARTY-NOTICES.md'])
})

test('what tests alone need is not installed to serve', () => {
  const serving = Object.keys({ ...pkg.dependencies, ...pkg.devDependencies })
  const testing = Object.keys(read('test/package.json').devDependencies)
  for (const name of testing) assert.ok(!serving.includes(name), name)
  for (const name of ['playwright-core', '@sparticuz/chromium']) assert.ok(testing.includes(name), name)
})
