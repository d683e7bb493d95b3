// From options to a running server: the model is found or fetched, then served.
import { resolve } from 'node:path'
import type { Options } from '../options/table.ts'
import { packageVersion } from '../version.ts'
import { checkFiles } from './check-files.ts'
import { type Running, serve } from './serve.ts'

/**
 * @param warnings about the command line, for the log.
 * @param stopsOnSignals whether SIGINT and SIGTERM stop the server and end the process.
 * @throws StartError when the model, the engine or the port is unavailable.
 */
export async function start(
  options: Options,
  warnings: readonly string[],
  { stopsOnSignals }: { readonly stopsOnSignals: boolean },
): Promise<Running> {
  checkFiles(options)
  const modelPath = options.model === undefined ? await defaultModel(options) : resolve(options.model)
  return serve({ options, modelPath, version: packageVersion(), warnings, stopsOnSignals })
}

async function defaultModel(options: Options): Promise<string> {
  const { defaultCacheDir } = await import('../files/model-store/cache-dir.ts')
  const { fetchDefaultModel } = await import('../files/model-store/fetch-model.ts')
  return fetchDefaultModel({
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    offline: options.offline,
    log: (line) => process.stderr.write(`${line}\n`),
    ...(options.hfEndpoint === undefined ? {} : { hubUrl: options.hfEndpoint }),
    ...(options.hfToken === undefined ? {} : { hubToken: options.hfToken }),
  })
}
