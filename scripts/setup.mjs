// Prepares `npm start`, `npm test` and `npm run dev`: a Node that is new enough, the packages of
// package-lock.json (those of test/package-lock.json, a browser among them, only for tests), and a
// build of src/ and web/. Each step is done only if it is missing or out of date; a second call
// finds nothing to do. Plain JavaScript with no dependency: it runs before there are any. It works
// on any folder, not on the current one.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const minNode = '20.19' // the same as in package.json
const nodeModules = join(root, 'node_modules')
const dist = join(root, 'dist')
const work = join(root, '.cache')
const buildStamp = join(dist, '.cria-build-sha256')

/**
 * Makes the package ready to run. Reports on stderr; ends the process with 1, after a sentence, if
 * it cannot. Two calls at once wait for each other.
 * @param {{ build?: boolean, tests?: boolean }} [options] build: false leaves dist/ alone, for a
 *   runner of the sources; tests: true installs what the tests need, too.
 */
export function setup({ build = true, tests = false } = {}) {
  const folders = tests ? [root, join(root, 'test')] : [root]
  makeReady(
    () => folders.every(arePackagesFresh) && (!build || isBuildFresh()),
    () => {
      for (const folder of folders) if (!arePackagesFresh(folder)) installPackages(folder)
      if (build && !isBuildFresh()) runBuild()
    },
  )
}

/**
 * Builds dist/ with the packages that npm has installed, unless it is up to date. Ends as `setup`
 * does.
 */
export function build() {
  makeReady(isBuildFresh, runBuild)
}

function makeReady(isReady, make) {
  try {
    requireNode(process.versions.node)
    if (isReady()) return
    const unlock = lock()
    try {
      if (!isReady()) make()
    } finally {
      unlock()
    }
  } catch (error) {
    say(error instanceof SetupError ? error.message : `Cannot set up: ${error.stack}`)
    process.exit(1)
  }
}

/** A fault that is reported to the user; its message is a sentence. */
class SetupError extends Error {}

function requireNode(version) {
  const [major, minor] = version.split('.').map(Number)
  const [minMajor, minMinor] = minNode.split('.').map(Number)
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return
  throw new SetupError(`Cria needs Node.js ${minNode} or newer, and this is ${version}: please install a newer one.`)
}

/** @param folder the folder of a package.json and its lock. */
function arePackagesFresh(folder) {
  if (!existsSync(join(folder, 'node_modules'))) return false
  const wanted = lockHash(folder)
  if (existsSync(stampOf(folder)) && readFileSync(stampOf(folder), 'utf8') === wanted) return true
  // Perhaps installed by hand: npm's own record lists the installed packages.
  if (!hasInstalledAll(folder)) return false
  tryWrite(stampOf(folder), wanted)
  return true
}

/** Beside the packages that it describes. */
function stampOf(folder) {
  return join(folder, 'node_modules', '.cria-lock-sha256')
}

function lockHash(folder) {
  return sha256(readFileSync(join(folder, 'package-lock.json')))
}

function hasInstalledAll(folder) {
  try {
    const wanted = readJson(join(folder, 'package-lock.json')).packages
    const present = readJson(join(folder, 'node_modules', '.package-lock.json')).packages
    return Object.entries(wanted).every(([path, entry]) => {
      const isThere = present[path]?.version === entry.version
      return path === '' || isThere || (present[path] === undefined && entry.optional && !isForHere(path, entry))
    })
  } catch {
    return false
  }
}

/**
 * Whether an optional package is certainly one for this platform: only npm knows about those for
 * one libc.
 */
function isForHere(path, { os = [process.platform], cpu = [process.arch], libc }) {
  const hasLibc = libc !== undefined || /-(musl|gnu)/.test(path)
  return !hasLibc && os.includes(process.platform) && cpu.includes(process.arch)
}

function installPackages(folder) {
  say(`Installing the packages${folder === root ? '' : ' of the tests'} (npm ci) …`)
  // dev packages too, whatever NODE_ENV says: the compiler is one of them.
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--prefix', folder]
  const npm = process.env.npm_execpath
  const isNpm = npm !== undefined && basename(npm) === 'npm-cli.js'
  if (isNpm) run('Installing the packages', process.execPath, [npm, ...flags], { cwd: folder })
  else run('Installing the packages', 'npm', flags, { cwd: folder, shell: process.platform === 'win32' })
  writeFileSync(stampOf(folder), lockHash(folder))
}

function isBuildFresh() {
  if (!existsSync(buildStamp) || !existsSync(join(dist, 'main.js'))) return false
  return readFileSync(buildStamp, 'utf8') === sourcesHash()
}

/**
 * Builds beside dist/ and swaps, so no stale file stays and a failed build leaves the old one in
 * place.
 */
function runBuild() {
  say('Building …')
  const fresh = join(work, 'dist-new')
  const old = join(work, 'dist-old')
  const hash = sourcesHash()
  rmSync(fresh, { recursive: true, force: true })
  rmSync(old, { recursive: true, force: true })
  const tsc = join(nodeModules, 'typescript', readJson(join(nodeModules, 'typescript', 'package.json')).bin.tsc)
  run('The build', process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', fresh])
  run('The build', process.execPath, [join(root, 'scripts', 'build-web.mjs'), join(fresh, 'public')])
  writeFileSync(join(fresh, basename(buildStamp)), hash)
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}

/**
 * Changes when a source, a tsconfig or the set of packages does: path, time and size of each file.
 */
function sourcesHash() {
  const hash = createHash('sha256')
  const add = (path) => {
    const { mtimeMs, size } = statSync(join(root, path))
    hash.update(`${path}\0${mtimeMs}\0${size}\n`)
  }
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build-web.mjs']
  for (const path of [...settings, ...listFiles('src'), ...listFiles('web')]) add(path)
  return hash.digest('hex')
}

function listFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? listFiles(path) : [path]
    })
}

/** Waits for other setups, then holds the lock. @returns the function that releases it. */
function lock() {
  const path = join(work, 'setup.lock')
  try {
    mkdirSync(work, { recursive: true })
  } catch (error) {
    throw new SetupError(`Cannot write ${work}: ${error.message}`)
  }
  let hasTold = false
  while (!createLock(path)) {
    const held = readLock(path)
    if (held === undefined) continue
    if (isStale(path, held)) {
      removeLock(path, held)
      continue
    }
    if (!hasTold) say('Another start is installing or building: waiting for it …')
    hasTold = true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  return () => rmSync(path, { force: true })
}

/** @returns false when another has it. */
function createLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new SetupError(`Cannot write ${path}: ${error.message}`)
  }
}

function readLock(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The owner is dead. An empty lock is being written, but not for long. */
function isStale(path, held) {
  try {
    if (held === '') return Date.now() - statSync(path).mtimeMs > 5000
    if (held === String(process.pid)) return true
    process.kill(Number(held), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/**
 * Removes the lock that was found stale, but not a lock that another process has put in its place
 * meanwhile.
 */
function removeLock(path, held) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== held) linkSync(aside, path)
  } catch {
    // Another process was faster.
  }
  rmSync(aside, { force: true })
}

/**
 * Runs to the end, with its output on our stderr: stdout belongs to the program that is started
 * afterwards.
 */
function run(what, command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (status === 0) return
  const ending = signal === null ? `exit code ${status}, see above` : `ended by ${signal}`
  throw new SetupError(`${what} failed: ${error?.message ?? ending}`)
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

/** A read-only folder needs no stamp: the check is only slower. */
function tryWrite(path, text) {
  try {
    writeFileSync(path, text)
  } catch {
    // Only slower the next time.
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex')
}
