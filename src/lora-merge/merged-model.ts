// --lora-base: a model with its adapters merged in, as a file in the cache folder that is gone when the program is.
import { readdirSync, rmSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { messageOf, StartError } from '../base/errors.ts'
import { GgufFile } from '../gguf/gguf-file.ts'
import { LoraAdapter } from '../gguf/lora-adapter.ts'
import { startProgress } from '../model-store/progress.ts'
import { writeMerged } from './merge.ts'
import { type MergePlan, planMerge } from './merge-plan.ts'

export type MergeOptions = {
  /** Quantized; what the adapters leave as it is comes from here. */
  readonly modelPath: string
  /** The same model in floats. */
  readonly basePath: string
  readonly adapters: readonly { readonly path: string; readonly scale: number }[]
  readonly cacheDir: string
  readonly log: (line: string) => void
}

/**
 * Writes the merged model; it is removed when this process ends, and after a crash at the next start.
 * @returns its path.
 * @throws StartError when the files do not belong together, or there is no room.
 */
export async function mergedModel(options: MergeOptions): Promise<string> {
  removeStale(options.cacheDir)
  const opened: { close: () => void }[] = []
  const keep = <T extends { close: () => void }>(file: T): T => {
    opened.push(file)
    return file
  }
  try {
    const model = keep(GgufFile.open(options.modelPath))
    const base = keep(GgufFile.open(options.basePath))
    const adapters = options.adapters.map(({ path, scale }) => {
      const adapter = LoraAdapter.open(path)
      keep(adapter.file)
      for (const name of adapter.ignored) options.log(`${path}: ${name} is not applied, as libllama does not either`)
      return { adapter, scale }
    })
    return await write(planMerge(model, base, adapters), model, base, options)
  } finally {
    for (const file of opened) file.close()
  }
}

/** Removes what programs that are no longer there have left. */
export function removeStale(cacheDir: string): void {
  for (const name of list(folderOf(cacheDir))) {
    const [, host, pid] = /^(.+)\.(\d+)\.gguf$/.exec(name) ?? []
    if (host === hostname() && !isAlive(Number(pid))) remove(join(folderOf(cacheDir), name))
  }
}

async function write(plan: MergePlan, model: GgufFile, base: GgufFile, options: MergeOptions): Promise<string> {
  const { cacheDir, log } = options
  const path = join(folderOf(cacheDir), `${hostname()}.${process.pid}.gguf`)
  const nMerged = plan.tensors.filter(({ source }) => source.kind === 'merge').length
  log(`merging ${nMerged} of ${plan.tensors.length} tensors with ${options.adapters.length} adapters into ${path}`)
  process.once('exit', () => remove(path))
  const totalBytes = plan.dataBytes
  const progress = startProgress({ mode: 'bar', totalBytes, startBytes: 0, log })
  try {
    await mkdir(folderOf(cacheDir), { recursive: true })
    const target = await open(path, 'w')
    try {
      await writeMerged(plan, model, base, target, (nBytes) => progress.update(Math.min(nBytes, totalBytes)))
    } finally {
      await target.close()
    }
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`--lora-base: the merged model cannot be written to ${path}: ${messageOf(error)}`)
  } finally {
    progress.stop()
  }
  return path
}

function folderOf(cacheDir: string): string {
  return join(cacheDir, 'merged')
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A process with our own id is an earlier one: ours has not written yet. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // still mapped by an engine that is about to end (Windows): the next start removes it
  }
}
