// Threads that live as long as the context. Without them ggml starts new ones for each decode.
import koffi from 'koffi'
import { type Pointer, ThreadpoolParams } from './structs.ts'
import type { Symbols } from './symbols.ts'

const cpuDevice = 0 // ggml_backend_dev_type in ggml-backend.h

const NewThreadpool = koffi.proto('void *cria_threadpool_new(void *params)')
const FreeThreadpool = koffi.proto('void cria_threadpool_free(void *threadpool)')

/**
 * The polling level of an idle thread, 0 to 100. Not at all: between two decodes the server
 * process, which sends the token, needs the core. Measured in docs/decisions/threads.md.
 */
const poll = 0

/** The pools of one context: one for generation and, when its size differs, one for prompts. */
export class Threadpools {
  readonly #free: (() => void)[] = []

  /** Does nothing if the CPU backend does not offer pools. */
  constructor(symbols: Symbols, context: Pointer, nThreads: number, nThreadsBatch: number) {
    const device = symbols.ggml_backend_dev_by_type(cpuDevice)
    if (device === null) return
    const registry = symbols.ggml_backend_dev_backend_reg(device)
    const create = symbols.ggml_backend_reg_get_proc_address(registry, 'ggml_threadpool_new')
    const destroy = symbols.ggml_backend_reg_get_proc_address(registry, 'ggml_threadpool_free')
    if (create === null || destroy === null) return
    const make = (n: number): Pointer => {
      const pool = koffi.call(create, NewThreadpool, packParams(n)) as Pointer
      this.#free.push(() => koffi.call(destroy, FreeThreadpool, pool))
      return pool
    }
    const forBatches = nThreadsBatch === nThreads ? null : make(nThreadsBatch)
    symbols.llama_attach_threadpool(context, make(nThreads), forBatches)
    this.#free.push(() => symbols.llama_detach_threadpool(context))
  }

  /** Call it before the context is freed. */
  free(): void {
    for (const free of this.#free.splice(0).reverse()) free()
  }
}

/** `ggml_threadpool_params`: no affinity, normal priority, not paused. */
function packParams(nThreads: number): Buffer {
  const members = ThreadpoolParams.members!
  const packed = Buffer.alloc(ThreadpoolParams.size)
  packed.writeInt32LE(nThreads, members.n_threads!.offset)
  packed.writeUInt32LE(poll, members.poll!.offset)
  return packed
}
