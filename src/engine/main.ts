// The engine process: loads the model, runs the loop, exchanges messages with its parent over the
// pipe. Knows no HTTP.
import { messageOf, StartError } from '../base/errors.ts'
import { LoraAdapter } from '../files/gguf/lora-adapter.ts'
import { Adapter } from '../llama/adapter.ts'
import { Context } from '../llama/context.ts'
import { type Device, gpuProblems, listDevices } from '../llama/devices.ts'
import { memoryMiB } from '../llama/embedding-context.ts'
import { setLogSink, withLog } from '../llama/library.ts'
import { Model } from '../llama/model.ts'
import { enginePackagesVersion } from '../llama/platform.ts'
import type { EngineInfo, FromEngine } from '../protocol/event.ts'
import type { EngineOptions, ToEngine } from '../protocol/task.ts'
import { KvCache } from './cache/kv-cache.ts'
import { StateStore } from './cache/state-store.ts'
import { Control } from './control.ts'
import { Embedder } from './embedding/embedder.ts'
import { EncoderLoop } from './encoder-loop.ts'
import { Inbox } from './inbox.ts'
import { Loop } from './loop.ts'
import { noEffect } from './no-effect.ts'
import { StepRunner } from './runner/step-runner.ts'
import { Sampler, SamplerRoom } from './sampling/sampler.ts'
import { Scheduler } from './scheduler/scheduler.ts'
import { slotOrders } from './slot-orders.ts'

/** The maximum context of a slot by default. */
const defaultCtxSlot = 8192

const logLevels = ['debug', 'info', 'warn', 'error'] as const

const inbox = new Inbox()

process.on('message', (message: ToEngine) => {
  if (message.kind === 'load') start(message.options)
  else if (message.kind === 'ping') send({ kind: 'alive' })
  else inbox.push(message)
})
process.on('disconnect', () => process.exit(0)) // the server is gone
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the server decides when to stop
process.on('SIGTERM', () => {})
process.on('SIGUSR1', () => {}) // else Node opens its debugger

function send(message: FromEngine): void {
  process.send?.(message)
}

async function start(options: EngineOptions): Promise<void> {
  const lowest = logLevels.indexOf(options.logLevel)
  setLogSink(({ level, text }) => {
    if (logLevels.indexOf(level) >= lowest) send({ kind: 'log', level, text })
  })
  try {
    const { loop, info, warmUp } = build(options)
    send({ kind: 'ready', info })
    warmUp()
    await loop.run()
    process.exit(0)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.send?.({ kind: 'failed', message: messageOf(error) } satisfies FromEngine, () =>
      process.exit(error.exitCode),
    )
  }
}

type Engine = {
  readonly loop: { readonly run: () => Promise<void> }
  readonly info: EngineInfo
  readonly warmUp: () => void
}

function build(options: EngineOptions): Engine {
  const model = Model.load(options.modelPath, {
    ...options,
    onProgress: (progress) => send({ kind: 'loading', progress }),
  })
  for (const text of noEffect(options, model)) send({ kind: 'warning', text })
  const adapters = options.adapterPaths.map((path) => {
    LoraAdapter.open(path).file.close()
    return new Adapter(model, path)
  })
  const nCtxSlot =
    options.nCtx > 0
      ? Math.max(8, Math.floor(options.nCtx / (options.kvUnified ? 1 : options.nSlots)))
      : Math.min(model.nCtxTrain > 0 ? model.nCtxTrain : defaultCtxSlot, defaultCtxSlot)
  const devices = listDevices(model.library)
  const embedder = Embedder.create(model, options, adapters, nCtxSlot)
  const common = {
    pid: process.pid,
    nCtxTrain: model.nCtxTrain,
    nVocab: model.vocab.nTokens,
    nEmbd: model.nEmbd,
    nParams: model.nParams,
    sizeBytes: model.sizeBytes,
    description: model.description,
    name: model.name,
    backend: model.packageName,
    device: usedDevices(devices, options.gpuLayers),
    gpuProblems: gpuProblems(model.library, devices),
    adapters: adapters.map(({ taskName, promptPrefix }) => ({ taskName, promptPrefix })),
    embeddings: embedder?.info,
  }
  if (embedder?.encodesOnly) {
    const none = { generates: false, nSlots: 0, nCtxSlot: embedder.info.maxTokens, canShift: false, canCut: false }
    const { threads } = embedder
    return {
      loop: new EncoderLoop(inbox, embedder, send),
      info: { ...common, ...none, threads, contextMiB: embedder.info.memoryMiB },
      warmUp: () => embedder.warmUp(),
    }
  }
  const { result: context, lines } = withLog(
    () => new Context(model, { ...options, adapters, nCtxSeq: nCtxSlot, nSeqMax: options.nSlots }),
  )
  if (!(context.hasMemory && model.hasDecoder && model.isCausal)) {
    throw new StartError(
      `${options.modelPath} is an encoder and cannot generate text; start with --embedding to serve its vectors`,
    )
  }
  if (options.groupAttention.factor > 1 && !(context.canShift && context.canCut)) {
    throw new StartError('--grp-attn-n: this model does not support moving positions in its cache')
  }
  const cache = new KvCache({
    nStreams: options.nSlots,
    nCtx: context.nCtxSeq,
    canCut: context.canCut,
    canShift: context.canShift,
    isPool: options.kvUnified,
    nSwa: context.nSwa,
    groupAttention: options.groupAttention,
  })
  const scheduler = new Scheduler(options, cache)
  const room = new SamplerRoom(model, context)
  const runner = new StepRunner(context, cache, (task) => Sampler.make(room, task))
  const store = stateStore(options, model, cache, runner)
  const control = new Control(
    slotOrders(cache, runner, store),
    (event) => send({ kind: 'control', event }),
    () => inbox.wake(),
  )
  const now = () => performance.now()
  const loop = new Loop({ inbox, cache, scheduler, runner, control, embedder, send, now })
  const info = {
    ...common,
    generates: true,
    nSlots: options.nSlots,
    nCtxSlot: context.nCtxSeq,
    contextMiB: memoryMiB(lines),
    threads: context.threads,
    canShift: context.canShift,
    canCut: context.canCut,
  }
  return { loop, info, warmUp: () => context.warmUp() }
}

/** @param gpuLayers 0: everything is computed on the CPU. */
function usedDevices(devices: readonly Device[], gpuLayers: number): string {
  const gpus = gpuLayers === 0 ? [] : devices.filter(({ kind }) => kind === 'gpu' || kind === 'integrated gpu')
  const used = gpus.length > 0 ? gpus : devices.filter(({ kind }) => kind === 'cpu')
  return used.map(({ description }) => description.trim()).join(', ') || 'CPU'
}

/** The store that saves and restores slots, if the options ask for it. */
function stateStore(options: EngineOptions, model: Model, cache: KvCache, runner: StepRunner) {
  const { slotFiles, modelPath, adapterPaths, kvUnified, nSlots, typeK, typeV, rope, kvOverrides } = options
  if (slotFiles === undefined) return undefined
  const { factor, width } = options.groupAttention
  const scaling = JSON.stringify({ ...rope, context: model.ropeDependsOnContext ? cache.options.nCtx : undefined })
  const settings = {
    'release of the engine': enginePackagesVersion,
    'layout of the cache': kvUnified ? 'one pool (--kv-unified)' : `${nSlots} slots (-np ${nSlots})`,
    'type of the cache': `-ctk ${typeK} -ctv ${typeV}`,
    'scaling of positions': scaling,
    'self-extend': factor > 1 ? `--grp-attn-n ${factor} --grp-attn-w ${width}` : 'off',
    'metadata (--override-kv)': JSON.stringify(kvOverrides),
  }
  return new StateStore(cache, runner, {
    ...slotFiles,
    modelPath,
    adapterPaths,
    settings,
    nVocab: model.vocab.nTokens,
  })
}
