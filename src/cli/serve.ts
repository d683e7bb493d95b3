// The server's life: engine and HTTP start side by side, and stop in order.
import type { Logger } from 'pino'
import { checkModelFile, checkModelVocabulary } from '../files/gguf/model-check.ts'
import type { Options } from '../options/table.ts'
import type { EngineOptions } from '../protocol/task.ts'
import { type EngineChild, startEngine } from '../server/engine-client/engine-child.ts'
import { engineOptions } from './engine-options.ts'
import { listen } from './listen.ts'
import { makeSlotFolder } from './slot-folder.ts'
import { startLines, startWarnings } from './start-lines.ts'
import { removeStaleWeights, weightsPath } from './weights.ts'

export type Running = { readonly urls: readonly string[]; readonly stop: () => Promise<void> }

export type ServeOptions = {
  readonly options: Options
  readonly modelPath: string
  readonly version: string
  /** Warnings about the command line, for the log. */
  readonly warnings: readonly string[]
  /** Whether SIGINT and SIGTERM stop the server and end the process. */
  readonly stopsOnSignals: boolean
}

/** @throws StartError when the model, the engine or the port is unavailable. */
export async function serve(given: ServeOptions): Promise<Running> {
  const { options, modelPath, version, warnings } = given
  checkModelFile(modelPath)
  makeSlotFolder(options)
  const toLoad = engineOptions(options, await weightsPath(options, modelPath))
  const first = startEngine(toLoad) // started before anything else is imported: it takes longest
  whileItStarts(first, () => checkModelVocabulary(modelPath))
  const { createLogger } = await import('./logger.ts')
  const log = createLogger(options)
  for (const warning of warnings) log.warn(warning)
  const { EngineClient } = await import('../server/engine-client/client.ts')
  const engine = new EngineClient(toLoad, log, first)
  const whenReady = engine.ready()
  whenReady.catch(() => {}) // awaited below
  const closing: (() => Promise<unknown>)[] = [() => engine.stop()]
  const stop = async () => {
    await Promise.all(closing.map((close) => close()))
  }
  if (given.stopsOnSignals) stopOnSignals(stop, log)
  try {
    const { createServer } = await import('../server/server.ts')
    const imageEncoder = await startImageEncoder(options, toLoad, log)
    if (imageEncoder !== undefined) closing.push(() => imageEncoder.stop())
    const server = await createServer({ engine, imageEncoder, options, modelPath, version, log })
    closing.push(() => server.app.close())
    const urls = await listen(server.app, options.host.split(','), options.port)
    const info = await server.prepare(whenReady)
    for (const line of startWarnings(options, info)) log.warn(line)
    for (const line of startLines(options, info, modelPath, urls)) log.info(line)
    setImmediate(() => {
      server.warmUp()
      removeStaleWeights(options)
    })
    return { urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Ends the engine when the check throws, before the engine reports anything. */
function whileItStarts(engine: EngineChild, check: () => void): void {
  try {
    check()
  } catch (error) {
    engine.kill()
    throw error
  }
}

/**
 * The process that reads images, if there is a projector. @throws StartError when libmtmd is
 * unavailable.
 */
async function startImageEncoder(
  options: Options,
  { modelPath, nThreadsBatch, gpuLayers }: EngineOptions,
  log: Logger,
) {
  if (options.mmproj === undefined) return undefined
  const { buildMtmd } = await import('./build-mtmd.ts')
  const { ImageEncoderClient } = await import('../server/image-encoder-client/client.ts')
  const library = await buildMtmd(options.cacheDir, (line) => log.info(line))
  const encoderOptions = {
    modelPath,
    mmprojPath: options.mmproj,
    library,
    nThreads: nThreadsBatch,
    useGpu: gpuLayers !== 0,
    cacheBytes: options.imageCacheMiB * 2 ** 20,
  }
  return new ImageEncoderClient(encoderOptions, (level, text) =>
    log[level === 'error' ? 'warn' : 'debug']({ imageEncoder: true }, text),
  )
}

/** Ctrl-C and SIGTERM stop the server; a second signal ends it at once. */
function stopOnSignals(stop: () => Promise<void>, log: Logger): void {
  let isStopping = false
  const onSignal = async (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    log.info(`${signal}: stopping`)
    await stop()
    process.exit(0)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
