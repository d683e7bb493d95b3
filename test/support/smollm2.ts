// The real model of the end-to-end tests: SmolLM2-135M-Instruct Q4_1, the same file as for the
// recorded answers.
import { defaultCacheDir } from '../../src/files/model-store/cache-dir.ts'
import { defaultModelSources } from '../../src/files/model-store/default-model.ts'
import { fetchDefaultModel } from '../../src/files/model-store/fetch-model.ts'

/** The other sources have another quantization, whose answers differ. */
const sources = defaultModelSources.filter(({ kind }) => kind === 'pip-wheel')

/** The description of the file; its sha256 was checked before it got its name. */
export const smollm2Source = sources[0]!

/** The user's cache folder, or the one in CRIA_CACHE_DIR, as in the server itself. */
export const cacheDir = process.env.CRIA_CACHE_DIR || defaultCacheDir()

/**
 * The model's path; it is fetched once if it is not in the cache.
 * @throws ModelFetchError, which lists the attempts.
 */
export async function smollm2(): Promise<string> {
  return fetchDefaultModel({ cacheDir, sources, progress: 'none', log: (line) => console.error(line) })
}
