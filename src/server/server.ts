// Puts the server together: services, routes, HTTP.
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { assert } from '../base/assert.ts'
import type { Options } from '../options/table.ts'
import type { Services } from './api/services.ts'
import { checkReady, type EngineClient, type EngineState } from './engine-client/engine-client.ts'
import { createApp } from './http/app.ts'
import { routes } from './routes.ts'
import type { Tokenizer } from './tokenizer.ts'

export type ServerOptions = {
  readonly engine: EngineClient
  readonly options: Options
  readonly modelPath: string
  readonly version: string
  readonly log: Logger
}

export type Server = {
  readonly app: FastifyInstance
  /** Until this is done every route that needs the model answers 503. @throws StartError for a file that is no model. */
  readonly loadVocabulary: () => Promise<void>
}

export async function createServer({ engine, options, modelPath, version, log }: ServerOptions): Promise<Server> {
  let tokenizer: Tokenizer | undefined
  const services: Services = {
    engine,
    get tokenizer() {
      assert(tokenizer !== undefined, 'the vocabulary is loaded before it is used')
      return tokenizer
    },
    get state(): EngineState {
      const { state } = engine
      return state.kind === 'ready' && tokenizer === undefined ? { kind: 'loading', progress: 1 } : state
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
    checkReady: () => checkReady(services.state),
  })
  const loadVocabulary = async () => {
    const { Tokenizer } = await import('./tokenizer.ts')
    tokenizer = new Tokenizer(modelPath)
  }
  return { app, loadVocabulary }
}
