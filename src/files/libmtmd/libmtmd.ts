/**
 * libmtmd, which gives a model sight: found prebuilt, found in the cache folder, or built into it
 * once. Reads no command line; of the environment only CXX, which is handed in.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { messageOf, StartError } from '../../base/errors.ts'
import { type EnginePackage, enginePackagesVersion } from '../../llama/platform.ts'
import { CacheFolderError, onDisk } from '../model-store/cache-folder-error.ts'
import { makeFolder } from '../model-store/make-folder.ts'
import { withStoreLock } from '../model-store/store-lock.ts'
import { build } from './build.ts'
import { findCompiler, libraryFileName } from './compiler.ts'
import { LibmtmdError } from './failure.ts'
import { libmtmdRelease } from './release.ts'
import { fetchSource } from './source.ts'

export type LibmtmdOptions = {
  readonly engine: EnginePackage
  /** The library is kept in `<cacheDir>/mtmd/`. */
  readonly cacheDir: string
  /** The value of CXX: the compiler to try first. */
  readonly cxx: string | undefined
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** The package that a platform's prebuilt libmtmd is published in. */
function prebuiltPackage(engine: EnginePackage): string {
  return `@cria/mtmd-${engine.name}`
}

/**
 * @returns the library if it exists already: in its package, beside the engine's libraries, or in
 *   the cache folder.
 */
export function findLibmtmd({ engine, cacheDir }: LibmtmdOptions): string | undefined {
  return [packaged(engine), beside(engine), builtPath(engine, cacheDir)].find(
    (path) => path !== undefined && existsSync(path),
  )
}

/**
 * Returns the path of the library, which is built if necessary. Processes that call this at the
 * same time wait for the first of them.
 * @throws StartError that says why it cannot be built and both ways to get it; the signal's reason.
 */
export async function ensureLibmtmd(options: LibmtmdOptions): Promise<string> {
  const found = findLibmtmd(options)
  if (found !== undefined) return found
  const { engine, cacheDir, log, signal } = options
  const dir = storeDir(cacheDir)
  try {
    await onDisk(dir, makeFolder(dir))
    const lock = { log, signal, doing: 'building libmtmd' }
    return await withStoreLock(join(dir, `${folderName(engine)}.lock`), lock, async () => {
      return findLibmtmd(options) ?? (await buildInto(builtPath(engine, cacheDir), options))
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof LibmtmdError || error instanceof CacheFolderError) throw missing(error, engine)
    throw error
  }
}

/** Only while the lock is held. */
async function buildInto(path: string, options: LibmtmdOptions): Promise<string> {
  const { engine, cacheDir, cxx, log, signal } = options
  const compiler = await findCompiler(cxx)
  if (compiler === undefined) throw new LibmtmdError('there is no C++ compiler (CXX, c++, g++ or clang++)')
  const work = join(storeDir(cacheDir), `${folderName(engine)}.work`)
  await onDisk(work, rm(work, { recursive: true, force: true })) // of a build that was killed
  await onDisk(work, mkdir(work))
  const startMs = performance.now()
  try {
    const tree = await fetchSource(work, { log, signal })
    const files = [engine.files.llama, engine.files.ggml, engine.files.base]
    const linked = { dir: engine.dir, files }
    const library = await build({ compiler, tree, dir: join(work, 'objects'), engine: linked, log, signal })
    await onDisk(path, makeFolder(join(path, '..')))
    await onDisk(path, rename(library, path))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  log(`libmtmd is built and saved (${Math.round((performance.now() - startMs) / 1000)} s): ${path}`)
  return path
}

function missing(error: Error, engine: EnginePackage): StartError {
  return new StartError(
    [
      `Images need libmtmd ${libmtmdRelease.version}, which could not be built: ${messageOf(error)}`,
      'What to do next:',
      '  - have npm, git, tar and a C++17 compiler (such as g++ or clang++; CXX names another), then: cria build-mtmd',
      `  - or install it prebuilt, where that is published: npm install ${prebuiltPackage(engine)}`,
      '  - or start without --mmproj: nothing but images needs it',
    ].join('\n'),
  )
}

function packaged(engine: EnginePackage): string | undefined {
  const name = prebuiltPackage(engine)
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const path = join(folder, name, libraryFileName(process.platform))
    if (existsSync(path)) return path
  }
  return undefined
}

/** Under its own name, or with the release in it as the engine's other libraries have. */
function beside(engine: EnginePackage): string | undefined {
  const pattern = /^(lib)?mtmd(\.v?[0-9.]+)?\.(so|dylib|dll)$/
  const name = readdirSync(engine.dir).find((candidate) => pattern.test(candidate))
  return name === undefined ? undefined : join(engine.dir, name)
}

function storeDir(cacheDir: string): string {
  return resolve(join(cacheDir, 'mtmd'))
}

/**
 * The folder name names the release, the engine package that it is linked with, and the recipe: a
 * change of any of them gives another folder.
 */
function folderName(engine: EnginePackage): string {
  return `${libmtmdRelease.version}-${engine.name}-${enginePackagesVersion}-r${libmtmdRelease.recipe}`
}

function builtPath(engine: EnginePackage, cacheDir: string): string {
  return join(storeDir(cacheDir), folderName(engine), libraryFileName(process.platform))
}
