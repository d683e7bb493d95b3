// Which file the engine loads: the model, or, with --lora-base, one that is merged for this run.
import { resolve } from 'node:path'
import { StartError } from '../base/errors.ts'
import { removeStale } from '../files/lora-merge/merged-folder.ts'
import { defaultCacheDir } from '../files/model-store/cache-dir.ts'
import type { Options } from '../options/table.ts'

/** @throws StartError when there is nothing to merge, or it cannot be. */
export async function weightsPath(options: Options, modelPath: string): Promise<string> {
  const { lora = [], loraBase, loraInitWithoutApply } = options
  if (loraBase === undefined) return modelPath
  if (lora.length === 0) throw new StartError('--lora-base says from what adapters are merged, but there is no --lora')
  if (loraInitWithoutApply) {
    throw new StartError('--lora-base and --lora-init-without-apply exclude each other: what is merged is applied')
  }
  const { mergedModel } = await import('../files/lora-merge/merged-model.ts')
  const quit = () => process.exit(1) // removes the file
  process.once('SIGINT', quit)
  process.once('SIGTERM', quit)
  try {
    return await mergedModel({
      modelPath,
      basePath: resolve(loraBase),
      adapters: lora,
      cacheDir: cacheDirOf(options),
      log: (line) => process.stderr.write(`${line}\n`),
    })
  } finally {
    process.off('SIGINT', quit)
    process.off('SIGTERM', quit)
  }
}

/** Removes merged models of programs that crashed; `weightsPath` has done so when it merged. */
export function removeStaleWeights(options: Options): void {
  if (options.loraBase === undefined) removeStale(cacheDirOf(options))
}

function cacheDirOf({ cacheDir }: Options): string {
  return cacheDir ?? defaultCacheDir()
}
