// The real model of the end-to-end tests: SmolLM2-135M-Instruct Q4_1, the very file that the recorded answers are of.
import { defaultCacheDir } from '../../src/files/model-store/cache-dir.ts'
import { defaultModelSources } from '../../src/files/model-store/default-model.ts'
import { fetchDefaultModel } from '../../src/files/model-store/fetch-model.ts'

/** The other sources have another quantization, which answers otherwise. */
const sources = defaultModelSources.filter(({ kind }) => kind === 'pip-wheel')

/** What the file is; its sha256 was checked before it got its name. */
export const smollm2Source = sources[0]!

/** The cache folder of the user, or the one that CRIA_CACHE_DIR names, as the server itself takes it. */
export const cacheDir = process.env.CRIA_CACHE_DIR || defaultCacheDir()

/**
 * The model's path; it is fetched once if it is not in the cache.
 * @throws ModelFetchError, which says what was tried.
 */
export async function smollm2(): Promise<string> {
  return fetchDefaultModel({ cacheDir, sources, progress: 'none', log: (line) => console.error(line) })
}
