/** The user's cache folder, and the folder of models in it. Creates nothing. */
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'

/** The platform's place for it, such as ~/.cache/cria on Linux ($XDG_CACHE_HOME is honoured). */
export function defaultCacheDir(): string {
  return envPaths('cria', { suffix: '' }).cache
}

/** @returns absolute path of the folder that holds the models of a cache folder. */
export function modelsDir(cacheDir: string): string {
  return resolve(join(cacheDir, 'models'))
}
