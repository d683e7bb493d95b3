// The image encoder: images become rows here, at a lower priority, so that no slot waits for them
// and no hostile image ends the engine. Exchanges the messages of protocol/image-encoder.ts with
// its parent over a pipe. Knows no HTTP and no scheduler.
import { setPriority } from 'node:os'
import { messageOf, RequestError, StartError } from '../base/errors.ts'
import { setLogSink } from '../llama/library.ts'
import { Model } from '../llama/model.ts'
import { Projector } from '../llama/mtmd/projector.ts'
import type { FromImageEncoder, ImageEncoderOptions, ToImageEncoder } from '../protocol/image-encoder.ts'
import { EmbeddingCache } from './embedding-cache.ts'
import { encodePrompt } from './prompt-encoder.ts'

type EncodeMessage = Extract<ToImageEncoder, { readonly kind: 'encode' }>

/** Below the engine: while it decodes, images get what is left of the processor. */
const niceness = 10

const waiting = new Map<number, EncodeMessage>()
let encoder: { readonly projector: Projector; readonly cache: EmbeddingCache } | undefined
let isBusy = false

process.on('message', (message: ToImageEncoder) => {
  if (message.kind === 'load') return load(message.options)
  if (message.kind === 'cancel') return void waiting.delete(message.id)
  waiting.set(message.id, message)
  if (!isBusy) void work()
})
process.on('disconnect', () => process.exit(0)) // the server is gone
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the server decides when to stop
process.on('SIGTERM', () => {})
process.on('SIGUSR1', () => {}) // else Node opens its debugger

function send(message: FromImageEncoder): void {
  process.send?.(message)
}

function load(options: ImageEncoderOptions): void {
  setLogSink(({ level, text }) => {
    if (level === 'warn' || level === 'error') send({ kind: 'log', level, text })
  })
  try {
    const model = Model.loadShape(options.modelPath)
    encoder = {
      projector: Projector.load(options.mmprojPath, model, options),
      cache: new EmbeddingCache(options.cacheBytes),
    }
    lowerPriority()
    send({ kind: 'ready' })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    process.send?.({ kind: 'failed', message: error.message } satisfies FromImageEncoder, () =>
      process.exit(error.exitCode),
    )
  }
}

function lowerPriority(): void {
  try {
    setPriority(niceness)
  } catch (error) {
    send({ kind: 'log', level: 'warn', text: `images are encoded at the usual priority: ${messageOf(error)}` })
  }
}

/** Handles one prompt after the other; messages arrive between two images. */
async function work(): Promise<void> {
  isBusy = true
  for (const message of waiting.values()) {
    await encode(message)
    waiting.delete(message.id)
  }
  isBusy = false
}

async function encode({ id, ...prompt }: EncodeMessage): Promise<void> {
  const { projector, cache } = encoder!
  const steps = encodePrompt(projector, cache, prompt)
  try {
    for (;;) {
      const step = steps.next()
      if (step.done) return send({ kind: 'encoded', id, chunks: step.value })
      send({ kind: 'progress', id, ...step.value })
      await new Promise((resolve) => setImmediate(resolve))
      if (!waiting.has(id)) return // cancelled
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    send({ kind: 'error', id, error: { kind: error.kind, message: error.message, details: error.details } })
  } finally {
    steps.return([])
  }
}
