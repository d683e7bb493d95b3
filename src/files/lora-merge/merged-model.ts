// --lora-base: a model with its adapters merged in, as a file in the cache folder that lives as
// long as the program.
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, StartError } from '../../base/errors.ts'
import { GgufFile } from '../gguf/gguf-file.ts'
import { LoraAdapter } from '../gguf/lora-adapter.ts'
import { makeFolder } from '../model-store/make-folder.ts'
import { startProgress } from '../model-store/progress.ts'
import { writeMerged } from './merge.ts'
import { type MergePlan, planMerge } from './merge-plan.ts'
import { mergedPath, removeMerged, removeStale } from './merged-folder.ts'

export type MergeOptions = {
  /** The quantized model; tensors that the adapters leave alone are taken from it. */
  readonly modelPath: string
  /** The same model in floats. */
  readonly basePath: string
  readonly adapters: readonly { readonly path: string; readonly scale: number }[]
  readonly cacheDir: string
  readonly log: (line: string) => void
}

/**
 * Writes the merged model; it is removed when this process ends, or after a crash at the next
 * start.
 * @returns its path.
 * @throws StartError when the files do not belong together, or the disk is full.
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

async function write(plan: MergePlan, model: GgufFile, base: GgufFile, options: MergeOptions): Promise<string> {
  const { cacheDir, log } = options
  const path = mergedPath(cacheDir)
  const nMerged = plan.tensors.filter(({ source }) => source.kind === 'merge').length
  log(`merging ${nMerged} of ${plan.tensors.length} tensors with ${options.adapters.length} adapters into ${path}`)
  process.once('exit', () => removeMerged(path))
  const totalBytes = plan.dataBytes
  const progress = startProgress({ mode: 'bar', totalBytes, startBytes: 0, log })
  try {
    await makeFolder(dirname(path))
    const target = await open(path, 'w')
    try {
      await writeMerged(plan, model, base, target, (nBytes) => progress.update(Math.min(nBytes, totalBytes)))
    } finally {
      await target.close()
    }
  } catch (error) {
    removeMerged(path)
    if (error instanceof StartError) throw error
    throw new StartError(`--lora-base: the merged model cannot be written to ${path}: ${messageOf(error)}`)
  } finally {
    progress.stop()
  }
  return path
}
