// Puts the server together: the model, the routes, HTTP.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { compile } from '../base/check-schema.ts'
import { messageOf, StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import type { EngineInfo } from '../protocol/event.ts'
import { RunningResponses } from './api/openai/responses/running.ts'
import { MemoryStore } from './api/openai/responses/store.ts'
import { capabilitiesJson } from './chat/template/capabilities.ts'
import { dispatched } from './dispatch.ts'
import { checkReady, type EngineClient } from './engine-client/client.ts'
import { checkServerDefaults } from './generate/server-defaults.ts'
import { readSystemPromptFile, setSystemPrompt } from './generate/system-prompt.ts'
import { createApp } from './http/app.ts'
import type { ImageEncoderClient } from './image-encoder-client/client.ts'
import type { Metrics } from './metrics/metrics.ts'
import { Model } from './model/model.ts'
import { registryOf } from './model/registry.ts'
import { routes } from './routes.ts'
import type { Services } from './services.ts'

/** The files that ship with Cria: beside the built program, wherever this file runs from. */
const builtInFolder = fileURLToPath(new URL('../../dist/public', import.meta.url))

export type ServerOptions = {
  readonly engine: EngineClient
  readonly options: Options
  readonly imageEncoder: ImageEncoderClient | undefined
  readonly modelPath: string
  readonly version: string
  readonly log: Logger
}

export type Server = {
  readonly app: FastifyInstance
  /**
   * Loads the vocabulary, waits for the engine and sets the system prompt; until then every route
   * that needs the model answers 503.
   * @throws StartError for a file that is not a model, and for an invalid system prompt.
   */
  readonly prepare: (engineReady: Promise<EngineInfo>) => Promise<EngineInfo>
  /** Does the work ahead that the first request would wait for. */
  readonly warmUp: () => void
}

export async function createServer({
  engine,
  options,
  imageEncoder,
  modelPath,
  version,
  log,
}: ServerOptions): Promise<Server> {
  const given = options.systemPromptFile === undefined ? undefined : readSystemPromptFile(options.systemPromptFile)
  const metrics = options.metrics ? await countMetrics(engine, options) : undefined
  const model = new Model({ engine, options, imageEncoder, path: modelPath, log })
  const services: Services = {
    models: registryOf(model),
    options,
    log,
    responses: new MemoryStore(),
    runningResponses: new RunningResponses(),
    metrics,
    version,
    startedAt: Math.floor(Date.now() / 1000),
  }
  const app = await createApp({
    routes: dispatched(routes, services),
    log,
    timeoutMs: options.timeoutS * 1000,
    bodyLimitBytes: options.bodyLimitMiB * 2 ** 20,
    corsOrigins: options.corsOrigins,
    allowedHosts: options.allowedHosts ?? [],
    listensOn: options.host.split(','),
    apiKeys: readApiKeys(options),
    keysShareCache: options.sharedCache,
    staticFolders: { own: options.path, builtIn: options.ui ? builtInFolder : undefined },
    serverName: `cria/${version}`,
    checkReady: () => checkReady(model.state),
    onAnswer: metrics?.onAnswer,
  })
  app.addHook('onClose', () => model.close())
  const prepare = async (engineReady: Promise<EngineInfo>) => {
    await model.loadVocabulary()
    await checkServerDefaults(model)
    const info = await engineReady
    await imageEncoder?.ready()
    if (given !== undefined) await setSystemPrompt(given, model, new AbortController().signal).catch(refuseStart)
    if (info.generates) logTemplate(model, log)
    model.prepared()
    return info
  }
  const warmUp = () => {
    for (const { body } of routes) if (body !== undefined) compile(body.schema)
  }
  return { app, prepare, warmUp }
}

/** Probes the chat template ahead. An invalid one does not end the start: only chats need it. */
function logTemplate(model: Model, log: Logger): void {
  try {
    log.debug({ capabilities: capabilitiesJson(model.template.capabilities) }, 'what the chat template can do')
  } catch (error) {
    log.warn(messageOf(error))
  }
}

/** Starts to count. */
async function countMetrics(engine: EngineClient, { kvUnified }: Options): Promise<Metrics> {
  const { Metrics } = await import('./metrics/metrics.ts')
  const { board } = engine
  const metrics = new Metrics({
    nBusy: () => board.nBusy + board.nEmbedding,
    nWaiting: () => board.nWaiting,
    nCells: () => board.nCells,
    nCellsMax: () => {
      if (engine.state.kind !== 'ready') return undefined
      const { nCtxSlot, nSlots } = engine.state.info
      return kvUnified ? nCtxSlot : nCtxSlot * nSlots
    },
  })
  engine.observe(metrics.observer)
  return metrics
}

function refuseStart(error: unknown): never {
  throw new StartError(messageOf(error))
}

/** @throws StartError when the file of keys cannot be read. */
function readApiKeys({ apiKey, apiKeyFile }: Options): readonly string[] {
  const keys = [...(apiKey ?? [])]
  if (apiKeyFile !== undefined) {
    try {
      keys.push(
        ...readFileSync(apiKeyFile, 'utf8')
          .split(/\r?\n/)
          .map((line) => line.trim()),
      )
    } catch (error) {
      throw new StartError(`the file of API keys ${apiKeyFile} cannot be read: ${messageOf(error)}`)
    }
  }
  const known = keys.filter((key) => key !== '')
  const isAsked = apiKey !== undefined || apiKeyFile !== undefined
  if (isAsked && known.length === 0)
    throw new StartError('--api-key or --api-key-file was given, but there is no key in it')
  return known
}
