// Compiles libmtmd: every source file on its own, as many at a time as there are cores, then links
// once.
import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { makeFolder } from '../model-store/make-folder.ts'
import { type Compiler, compileFlags, libraryFileName, linkFlags } from './compiler.ts'
import { LibmtmdError } from './failure.ts'
import { run } from './program.ts'

export type BuildOptions = {
  readonly compiler: Compiler
  /** llama.cpp's source. */
  readonly tree: string
  /** The folder of objects and the library; created if necessary. */
  readonly dir: string
  /** The folder of the engine's libraries, and the libraries to link with. */
  readonly engine: { readonly dir: string; readonly files: readonly string[] }
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * @returns the path of the library in `dir`.
 * @throws LibmtmdError with the compiler's last lines; the signal's reason.
 */
export async function build(options: BuildOptions): Promise<string> {
  const { compiler, tree, dir, engine, log, signal } = options
  await makeFolder(dir)
  const sources = await sourceFiles(tree)
  const nJobs = Math.max(1, availableParallelism())
  log(`Compiling libmtmd with ${compiler.command.join(' ')}: ${sources.length} files, ${nJobs} at a time`)
  const [program, ...first] = compiler.command
  const includes = ['tools/mtmd', 'vendor', 'vendor/hash', 'include', 'ggml/include'].map(
    (name) => `-I${join(tree, name)}`,
  )
  const stop = new AbortController()
  const onAbort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const compile = async (source: string, object: string) => {
    const language = isC(source) ? ['-x', 'c'] : ['-x', 'c++', '-std=c++17']
    const args = [...compileFlags(process.platform), ...includes, ...language, '-c', join(tree, source), '-o', object]
    await run(program!, [...first, ...args], { signal: stop.signal }).catch((error: unknown) => {
      if (!(error instanceof LibmtmdError)) throw error
      throw new LibmtmdError(`${source} does not compile: ${error.message}`, { cause: error })
    })
  }
  const objects = sources.map((source, i) => join(dir, `${i}-${basename(source)}.o`))
  const tell = everyTenth(sources.length, log)
  let next = 0
  const worker = async () => {
    while (next < sources.length) {
      const i = next++
      await compile(sources[i]!, objects[i]!)
      tell()
    }
  }
  try {
    await Promise.all(Array.from({ length: nJobs }, worker))
  } catch (error) {
    stop.abort(error) // the first failure ends the others
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  const library = join(dir, libraryFileName(process.platform))
  await run(program!, [...first, '-o', library, ...objects, ...linkFlags(process.platform, engine)], { signal })
  return library
}

/**
 * libmtmd's files and those of its hash functions, without the programs, and without speech, which
 * uses libllama's internals.
 */
export async function sourceFiles(tree: string): Promise<string[]> {
  const unwanted = ['mtmd-cli.cpp', 'deprecation-warning.cpp', 'mtmd-helper-gen.cpp']
  const inFolder = async (folder: string, ending: string) =>
    (await readdir(join(tree, folder))).filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`)
  const library = (await inFolder('tools/mtmd', '.cpp')).filter((path) => !unwanted.includes(basename(path)))
  const models = await inFolder('tools/mtmd/models', '.cpp')
  const hashes = ['hash.cpp', 'xxhash/xxhash.c', 'sha1/sha1.c', 'sha256/sha256.c'].map((name) => `vendor/hash/${name}`)
  if (library.length === 0 || models.length === 0) throw new LibmtmdError(`there is no source of libmtmd in ${tree}`)
  return [...library, ...models.sort(), ...hashes]
}

/** sha1.c is C++ despite its name: it has a namespace. */
function isC(source: string): boolean {
  return source.endsWith('.c') && !source.endsWith('sha1.c')
}

/** Called once for each compiled file, it logs every tenth part. */
function everyTenth(total: number, log: (line: string) => void): () => void {
  let done = 0
  return () => {
    const before = Math.floor((done / total) * 10)
    done++
    const now = Math.floor((done / total) * 10)
    if (now > before) log(`  ${now * 10} %: ${done} of ${total} files`)
  }
}
