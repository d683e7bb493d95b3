// The server's life: engine and HTTP come up side by side, and stop in order.
import type { Logger } from 'pino'
import { StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import type { Services } from '../server/api/services.ts'
import { EngineClient } from '../server/engine-client/engine-client.ts'
import type { Tokenizer } from '../server/tokenizer.ts'
import { engineOptions } from './engine-options.ts'
import { listen } from './listen.ts'

export type Running = { readonly urls: readonly string[]; readonly stop: () => Promise<void> }

/** @throws StartError when the model, the engine or the port cannot be had. */
export async function serve(options: Options, modelPath: string, version: string, log: Logger): Promise<Running> {
  const engine = new EngineClient(engineOptions(options, modelPath), log) // first: it loads while the rest is imported
  const whenReady = engine.ready()
  whenReady.catch(() => {}) // awaited below
  try {
    const { createApp } = await import('../server/http/app.ts')
    const { routes } = await import('../server/routes.ts')
    let tokenizer: Tokenizer | undefined
    const services: Services = {
      engine,
      get tokenizer() {
        if (tokenizer === undefined) throw new Error('the vocabulary is not loaded yet')
        return tokenizer
      },
      options,
      modelPath,
      modelName: options.alias ?? options.model ?? modelPath,
      startedAt: Math.floor(Date.now() / 1000),
      version,
    }
    const app = await createApp({
      routes: routes(services),
      log,
      timeoutMs: options.timeoutS * 1000,
      bodyLimitBytes: options.bodyLimitMiB * 2 ** 20,
      corsOrigins: options.corsOrigins,
      serverName: `cria/${version}`,
      checkReady: () => void engine.info,
    })
    const urls = await listen(app, options.host, options.port)
    const { Tokenizer } = await import('../server/tokenizer.ts')
    tokenizer = new Tokenizer(modelPath)
    const info = await whenReady
    log.info(`${info.description}: ${info.nSlots} × ${info.nCtxSlot} tokens of context, engine ${info.backend}`)
    for (const url of urls) log.info(`listening at ${url}`)
    return {
      urls,
      stop: async () => {
        await Promise.all([engine.stop(), app.close()])
      },
    }
  } catch (error) {
    await engine.stop()
    throw error
  }
}

/** Ctrl-C and SIGTERM stop the server; a second one ends it at once. */
export function stopOnSignals(running: Running, log: Logger): void {
  let isStopping = false
  const onSignal = async (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    log.info(`${signal}: stopping`)
    await running.stop()
    process.exit(0)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

export function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof StartError) return { message: error.message, exitCode: error.exitCode }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: `unexpected: ${details}`, exitCode: 70 }
}
