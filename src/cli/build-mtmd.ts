// `cria build-mtmd`: libmtmd ahead of the first start with --mmproj.
import { StartError } from '../base/errors.ts'
import { ensureLibmtmd } from '../files/libmtmd/libmtmd.ts'
import { defaultCacheDir } from '../files/model-store/cache-dir.ts'
import { installedPackages } from '../llama/platform.ts'

/**
 * @param cacheDir undefined: the user's cache folder.
 * @returns the path of the library, found or built.
 * @throws StartError when it can neither be found nor built.
 */
export async function buildMtmd(cacheDir: string | undefined, log: (line: string) => void): Promise<string> {
  const engine = installedPackages()[0]
  if (engine === undefined) throw new StartError('the engine is not installed; run: npm install')
  return ensureLibmtmd({ engine, cacheDir: cacheDir ?? defaultCacheDir(), cxx: process.env.CXX, log })
}
