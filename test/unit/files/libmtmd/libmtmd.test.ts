// Without npm, git and a compiler: programs that only pretend to be them. The real build is what the e2e tests run on.
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../../../src/base/errors.ts'
import { build, sourceFiles } from '../../../../src/files/libmtmd/build.ts'
import { findCompiler, libraryFileName, linkFlags } from '../../../../src/files/libmtmd/compiler.ts'
import { LibmtmdError } from '../../../../src/files/libmtmd/failure.ts'
import { ensureLibmtmd, findLibmtmd } from '../../../../src/files/libmtmd/libmtmd.ts'
import { run } from '../../../../src/files/libmtmd/program.ts'
import { checkIntegrity } from '../../../../src/files/libmtmd/source.ts'
import type { EnginePackage } from '../../../../src/llama/platform.ts'

const skip = process.platform === 'win32' ? 'shell scripts' : false
const dir = mkdtempSync(join(tmpdir(), 'libmtmd-'))
after(() => rmSync(dir, { recursive: true }))
const log = () => {}
let nDirs = 0

function folder(): string {
  const path = join(dir, String(nDirs++))
  mkdirSync(path)
  return path
}

/** A program of shell lines. */
function program(name: string, lines: string, inDir = folder()): string {
  const path = join(inDir, name)
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o755)
  return path
}

function engineIn(engineDir: string): EnginePackage {
  const files = { base: join(engineDir, 'base'), ggml: join(engineDir, 'ggml'), llama: join(engineDir, 'llama') }
  return { name: 'linux-x64', dir: engineDir, files }
}

/** A source tree with a file of each kind. */
function sourceTree(): string {
  const tree = folder()
  const names = ['tools/mtmd/mtmd.cpp', 'tools/mtmd/mtmd-cli.cpp', 'tools/mtmd/mtmd.h', 'tools/mtmd/models/llava.cpp']
  for (const name of names) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), '')
  }
  return tree
}

/** Writes what it was called with beside what it makes. */
const pretend = 'out=""; last=""; for a in "$@"; do [ "$last" = "-o" ] && out="$a"; last="$a"; done; echo "$@" > "$out"'

test('a program that fails is named, with its last lines', { skip }, async () => {
  const failing = program('failing', 'for i in $(seq 100); do echo "line $i"; done; echo "the reason" >&2; exit 3')
  await assert.rejects(run(failing, []), (error) => {
    assert.ok(error instanceof LibmtmdError)
    assert.match(error.message, /failing failed \(exit code 3\):\n/)
    assert.match(error.message, /the reason/)
    assert.doesNotMatch(error.message, /line 50\n/)
    return true
  })
  await assert.rejects(run(join(dir, 'nothing'), []), /nothing cannot be run: it is not installed/)
})

test('CXX is tried first, with its arguments, and one that does not work is passed over', { skip }, async () => {
  const mine = program('mine', '[ "$1" = "--launcher" ] || exit 1')
  assert.deepEqual((await findCompiler(`${mine} --launcher`))?.command, [mine, '--launcher'])
  const other = await findCompiler(join(dir, 'nothing'))
  assert.notEqual(other?.command[0], join(dir, 'nothing'))
})

test('every file is compiled and all are linked with the engine', { skip }, async () => {
  const tree = sourceTree()
  assert.deepEqual(await sourceFiles(tree), [
    'tools/mtmd/mtmd.cpp',
    'tools/mtmd/models/llava.cpp',
    'vendor/hash/hash.cpp',
    'vendor/hash/xxhash/xxhash.c',
    'vendor/hash/sha1/sha1.c',
    'vendor/hash/sha256/sha256.c',
  ])
  const out = join(folder(), 'objects')
  const engine = { dir: '/engine', files: ['/engine/libllama.so'] }
  const lines: string[] = []
  const compiler = { command: [program('cc', pretend)] }
  const library = await build({ compiler, tree, dir: out, engine, log: (line) => lines.push(line) })
  assert.equal(library, join(out, libraryFileName(process.platform)))
  assert.equal(readdirSync(out).filter((name) => name.endsWith('.o')).length, 6)
  const linked = readFileSync(library, 'utf8')
  assert.match(linked, /0-mtmd\.cpp\.o .*5-sha256\.c\.o .*\/engine\/libllama\.so/)
  const compiled = (name: string) => readFileSync(join(out, name), 'utf8')
  assert.match(compiled('3-xxhash.c.o'), /-x c -c/)
  assert.match(compiled('4-sha1.c.o'), /-x c\+\+ -std=c\+\+17/)
  assert.doesNotMatch(compiled('0-mtmd.cpp.o'), /MTMD_VIDEO/)
  assert.equal(lines.at(-1), '  100 %: 6 of 6 files')
})

test('a file that does not compile is named with what the compiler said', { skip }, async () => {
  const failing = program('cc', `case "$*" in *llava*) echo "llava.cpp:1: error: no" >&2; exit 1;; esac; ${pretend}`)
  const options = { compiler: { command: [failing] }, tree: sourceTree(), dir: join(folder(), 'o'), log }
  await assert.rejects(build({ ...options, engine: { dir: '/e', files: [] } }), (error) => {
    assert.ok(error instanceof LibmtmdError)
    assert.match(error.message, /^tools\/mtmd\/models\/llava\.cpp does not compile: .*error: no/s)
    return true
  })
})

test('an archive that is not the pinned one is refused', async () => {
  const path = join(folder(), 'a.tgz')
  writeFileSync(path, 'something else')
  await assert.rejects(
    checkIntegrity(path, 'sha512-AAAA'),
    /what npm fetched is not the pinned node-llama-cpp@3\.22\.1/,
  )
})

test("a library beside the engine's is found without building, and so is one that was built before", async () => {
  const engineDir = folder()
  const cacheDir = folder()
  const options = { engine: engineIn(engineDir), cacheDir, cxx: undefined, log }
  assert.equal(findLibmtmd(options), undefined)
  const built = join(cacheDir, 'mtmd', 'v0.5.0-linux-x64-3.22.1-r1', libraryFileName(process.platform))
  mkdirSync(dirname(built), { recursive: true })
  writeFileSync(built, '')
  assert.equal(await ensureLibmtmd(options), built)
  const beside = join(engineDir, 'libmtmd.v0.5.0.so')
  writeFileSync(beside, '')
  assert.equal(await ensureLibmtmd(options), beside)
})

test('where it cannot be built a sentence tells why and what to do, and nothing is left behind', { skip }, async () => {
  const cacheDir = folder()
  const path = process.env.PATH
  const tools = folder()
  const options = { engine: engineIn(folder()), cacheDir, log }
  process.env.PATH = tools
  try {
    await assert.rejects(ensureLibmtmd({ ...options, cxx: undefined }), (error) => {
      assert.ok(error instanceof StartError)
      assert.match(error.message, /there is no C\+\+ compiler \(CXX, c\+\+, g\+\+ or clang\+\+\)/)
      assert.match(error.message, /cria build-mtmd/)
      assert.match(error.message, /npm install @cria\/mtmd-linux-x64/)
      return true
    })
    const cxx = program('cxx', 'exit 0')
    program('npm', 'echo "npm error network" >&2; exit 1', tools)
    await assert.rejects(ensureLibmtmd({ ...options, cxx }), /npm failed \(exit code 1\):\nnpm error network/)
    program('npm', 'echo wrong > node-llama-cpp-3.22.1.tgz', tools)
    await assert.rejects(ensureLibmtmd({ ...options, cxx }), /what npm fetched is not the pinned/)
  } finally {
    process.env.PATH = path
  }
  assert.deepEqual(readdirSync(join(cacheDir, 'mtmd')), [])
})

test('a cache folder that cannot be written is named', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  const options = { engine: engineIn(folder()), cacheDir: file, cxx: undefined, log }
  await assert.rejects(ensureLibmtmd(options), (error) => error instanceof StartError && error.message.includes(file))
})

test('macOS is told where the engine is, Windows links with the libraries as they are', () => {
  const engine = { dir: '/e', files: ['/e/libllama.dylib'] }
  assert.ok(linkFlags('darwin', engine).includes('-Wl,-rpath,/e'))
  assert.ok(linkFlags('win32', engine).includes('/e/libllama.dylib'))
  assert.ok(!existsSync('/e'))
})
