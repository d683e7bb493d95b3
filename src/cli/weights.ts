// Chooses the file that the engine loads: the model, or, with --lora-base, a model merged for this
// run.
import { resolve } from 'node:path'
import { StartError } from '../base/errors.ts'
import { removeStale } from '../files/lora-merge/merged-folder.ts'
import { defaultCacheDir } from '../files/model-store/cache-dir.ts'
import type { Options } from '../options/table.ts'

/** @throws StartError when there is nothing to merge, or merging fails. */
export async function weightsPath(options: Options, modelPath: string): Promise<string> {
  const { lora = [], loraBase, loraInitWithoutApply } = options
  if (loraBase === undefined) return modelPath
  if (lora.length === 0) throw new StartError('--lora-base needs --lora: there is no adapter to merge')
  if (loraInitWithoutApply) {
    throw new StartError(
      '--lora-base and --lora-init-without-apply cannot be combined: merged adapters are always applied',
    )
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

/** Removes merged models of programs that crashed; `weightsPath` does so itself when it merges. */
export function removeStaleWeights(options: Options): void {
  if (options.loraBase === undefined) removeStale(cacheDirOf(options))
}

function cacheDirOf({ cacheDir }: Options): string {
  return cacheDir ?? defaultCacheDir()
}
