// Computes vectors and scores: with its own context and its own scheduler, one step at a time when
// the loop asks for it.
import type { ErrorRecord } from '../../base/errors.ts'
import { GgufFile } from '../../files/gguf/gguf-file.ts'
import type { Adapter } from '../../llama/adapter.ts'
import type { Context } from '../../llama/context.ts'
import { EmbeddingContext, memoryMiB } from '../../llama/embedding-context.ts'
import { withLog } from '../../llama/library.ts'
import type { Model } from '../../llama/model.ts'
import type { EmbeddingEvent, EmbeddingInfo, EmbeddingTask, Pooling } from '../../protocol/embedding.ts'
import type { TaskImage } from '../../protocol/image.ts'
import type { StepWork } from '../../protocol/report.ts'
import type { EngineOptions } from '../../protocol/task.ts'
import { cheapestChunk, PrefillBudget } from '../scheduler/prefill-budget.ts'
import type { EmbeddingJob, RowsThatCount } from './embedding-job.ts'
import { EmbeddingScheduler, type EmbeddingStep } from './embedding-scheduler.ts'
import { RowPool } from './row-pool.ts'

/**
 * The number of inputs in the context at a time. Each costs a row of logits, which libllama
 * computes beside the vector.
 */
const nSequences = 32
/** A recurrent memory has a state for each. */
const nSequencesRecurrent = 4

/**
 * Architectures whose rerankers read the score at the last token; all others at the first. Source:
 * llama-graph.cpp.
 */
const ranksAtLast: readonly string[] = ['qwen3', 'qwen3vl']

export class Embedder {
  readonly info: EmbeddingInfo
  /** Whether the model can do nothing else: all its tokens attend to each other. */
  readonly encodesOnly: boolean
  readonly #context: EmbeddingContext
  readonly #scheduler: EmbeddingScheduler
  readonly #budget: PrefillBudget
  readonly #nBatch: number
  readonly #takesImages: boolean
  readonly #rows: RowsThatCount
  readonly #maxVectors: number
  readonly #pools = new Map<EmbeddingJob, RowPool>()

  /**
   * @param nCtxSlot tokens of context of one slot: the maximum of an input, too.
   * @returns undefined when no embeddings are requested, or a reranker is and the model is not one.
   * @throws StartError when there is not enough memory for the context.
   */
  static create(
    model: Model,
    options: EngineOptions,
    adapters: readonly Adapter[],
    nCtxSlot: number,
  ): Embedder | undefined {
    if (options.embeddings === undefined) return undefined
    const given = options.embeddings.pooling ?? model.pooling
    if (given === 'rank' && !canRank(model, options.modelPath)) return undefined
    const isCausal = model.isCausal && model.hasDecoder
    // self-extend applies only to slots
    const nCtx = options.groupAttention.factor > 1 ? Math.min(nCtxSlot, model.nCtxTrain) : nCtxSlot
    const first = makeContext(model, options, adapters, given, isCausal, nCtx)
    if (!isCausal || first.context.hasMemory) return new Embedder(model, options, first)
    first.context.free() // no key of the file says so, but this architecture only encodes
    return new Embedder(model, options, makeContext(model, options, adapters, given, false, nCtx))
  }

  private constructor(model: Model, options: EngineOptions, { context, rows, maxVectors, ...info }: Made) {
    this.#context = context
    this.encodesOnly = rows === 'whole'
    this.#nBatch = rows === 'whole' ? context.nUbatch : Math.max(options.nBatch, 1)
    this.#takesImages = options.takesImages && rows !== 'whole'
    this.#rows = rows
    this.#maxVectors = maxVectors
    this.#budget = new PrefillBudget(options.tokenGapMs, this.#nBatch)
    this.#scheduler = new EmbeddingScheduler({
      rows,
      nSequences: sequencesOf(model),
      nCells: context.hasMemory ? context.nCtxSeq : Number.MAX_SAFE_INTEGER,
      maxVectors,
    })
    this.info = { ...info, width: context.width }
  }

  get threads(): Context['threads'] {
    return this.#context.threads
  }

  get isIdle(): boolean {
    return this.#scheduler.isIdle
  }

  /** @returns an error, when the task cannot be computed. */
  accept(task: EmbeddingTask): EmbeddingEvent[] {
    const error = this.#problemOf(task)
    if (error !== undefined) return [{ kind: 'error', taskId: task.taskId, error }]
    this.#scheduler.accept(task)
    return []
  }

  /** Does nothing if the task has ended. */
  cancel(taskId: number): void {
    for (const seqId of this.#scheduler.cancel(taskId)) this.#context.remove(seqId, 0, -1)
    for (const job of this.#pools.keys()) if (job.taskId === taskId) this.#pools.delete(job)
  }

  /** A step of the streams took so long: chunks beside them are the smaller for it. */
  measureDecode(ms: number): void {
    this.#budget.measure('decode', 1, ms)
  }

  /** Computes one step. @param someoneWaits for a token of a stream: then it is a chunk. */
  run(someoneWaits: boolean): { readonly events: readonly EmbeddingEvent[]; readonly work: StepWork | null } {
    const step = this.#scheduler.schedule(someoneWaits ? this.#budget.chunk : this.#nBatch)
    if (step === undefined) return { events: [], work: null }
    const startedAt = performance.now()
    this.#context.setAdapterScales(step.adapterScales)
    this.#context.wantsVectors = step.wantsVectors
    const code = this.#decode(step)
    if (code !== 0) return { events: this.#fail(step, code), work: null }
    const ms = performance.now() - startedAt
    const nRows = step.rows.length
    this.#budget.measure('prefill', nRows, ms)
    if (step.wantsVectors && this.info.pooling !== 'rank') this.#pool(step)
    const events = this.#scheduler.settle(step).map((job) => this.#finish(job))
    return { events, work: { ms, nRows, nPromptRows: nRows, nGenerated: 0, nBusy: step.parts.length } }
  }

  /** Touches all weights once, so the first request does not wait for the disk. */
  warmUp(): void {
    this.#context.wantsVectors = true
    this.#context.warmUp()
  }

  #problemOf({ inputs }: EmbeddingTask): ErrorRecord | undefined {
    for (const { tokens, images } of inputs) {
      if (tokens.length > this.info.maxTokens) return server(`an input of ${tokens.length} tokens came through`)
      if (images.length > 0 && !this.#takesImages)
        return { kind: 'not_supported', message: 'this model cannot embed images' }
      const tooWide = images.find(
        (image) => image.isNonCausal && image.nTokens > this.#maxTogether(image, tokens.length),
      )
      if (tooWide !== undefined) return imageTooWide(tooWide.nTokens, this.#maxTogether(tooWide, tokens.length))
    }
    return undefined
  }

  /** The number of rows of an image that can be computed together: fewer if they output vectors. */
  #maxTogether({ start, nTokens }: TaskImage, nAll: number): number {
    const givesVectors = {
      first: start === 0,
      last: start + nTokens === nAll,
      all: true,
      whole: true,
    }[this.#rows]
    return givesVectors ? Math.min(this.#maxVectors, this.#context.nUbatch) : this.#context.nUbatch
  }

  #decode({ rows, imageRows }: EmbeddingStep): number {
    if (imageRows === undefined) return this.#context.decode(rows)
    const { image, ...where } = imageRows
    return this.#context.decodeEmbeddings({ ...image, ...where, seqId: rows[0]!.seqId, nRows: rows.length })
  }

  #pool({ rows, parts }: EmbeddingStep): void {
    const { width } = this.#context
    const vectors = this.#context.vectors(rows.length)
    let from = 0
    for (const { job, start, nRows } of parts) {
      this.#poolOf(job).add(start, vectors.subarray(from * width, (from + nRows) * width))
      from += nRows
    }
  }

  #poolOf(job: EmbeddingJob): RowPool {
    const { pooling, width } = this.info
    const known = this.#pools.get(job)
    if (known !== undefined || pooling === 'rank') return known!
    const pool = new RowPool(pooling, job.tokens.length, width)
    this.#pools.set(job, pool)
    return pool
  }

  #finish(job: EmbeddingJob): EmbeddingEvent {
    const { taskId, index, seqId } = job
    const vector =
      this.info.pooling === 'rank' ? Float32Array.from(this.#context.scores(seqId)) : this.#poolOf(job).result()
    this.#pools.delete(job)
    this.#context.remove(seqId, 0, -1)
    return { kind: 'embedding', taskId, index, vector }
  }

  #fail({ parts }: EmbeddingStep, code: number): EmbeddingEvent[] {
    const error = server(`the engine could not compute these inputs (llama_decode returned ${code})`)
    const taskIds = [...new Set(parts.map(({ job }) => job.taskId))]
    for (const taskId of taskIds) this.cancel(taskId)
    return taskIds.map((taskId) => ({ kind: 'error', taskId, error }))
  }
}

function imageTooWide(nTokens: number, most: number): ErrorRecord {
  const message = `an image of ${nTokens} rows is computed at once, and there is room for ${most}; start with a larger -ub and -b, or let text stand around it`
  return { kind: 'invalid_request', message }
}

function server(message: string): ErrorRecord {
  return { kind: 'server', message }
}

type Made = {
  readonly context: EmbeddingContext
  readonly rows: RowsThatCount
  readonly maxVectors: number
} & Omit<EmbeddingInfo, 'width'>

/**
 * @param given the pooling that the command line or the model names.
 * @param isCausal whether inputs can be computed in chunks.
 */
function makeContext(
  model: Model,
  options: EngineOptions,
  adapters: readonly Adapter[],
  given: Pooling | undefined,
  isCausal: boolean,
  nCtxSlot: number,
): Made {
  const pooling = given ?? (isCausal ? 'last' : 'mean')
  const rows = isCausal ? rowsThatCount(model, pooling) : 'whole'
  const { maxTokens, limit } = isCausal
    ? ({ maxTokens: nCtxSlot, limit: 'context' } as const)
    : wholeLimit(options.nUbatch, options.nCtx, model.nCtxTrain)
  const nSeqMax = sequencesOf(model)
  const takesWideImages = rows === 'all' && options.takesImages
  const maxVectors = rows === 'whole' || takesWideImages ? options.nUbatch : rows === 'all' ? cheapestChunk : nSeqMax
  const { result: context, lines } = withLog(
    () =>
      new EmbeddingContext(model, {
        ...options,
        adapters,
        nCtxSeq: isCausal ? nCtxSlot : Math.max(options.nUbatch, nSeqMax),
        nSeqMax,
        kvUnified: true,
        nBatch: isCausal ? options.nBatch : options.nUbatch,
        nThreads: options.nThreadsBatch,
        embeddingKind: pooling === 'rank' ? 'scores' : 'rows',
        // rows of logits are computed with the vectors, so few are requested at a time
        nOutputsMax: rows === 'whole' ? 0 : Math.max(maxVectors, nSeqMax),
      }),
  )
  return { context, rows, pooling, maxTokens, limit, maxVectors, memoryMiB: memoryMiB(lines) }
}

function sequencesOf(model: Model): number {
  return model.isRecurrent ? nSequencesRecurrent : nSequences
}

function rowsThatCount({ architecture }: Model, pooling: Pooling): RowsThatCount {
  switch (pooling) {
    case 'none':
    case 'mean':
      return 'all'
    case 'cls':
      return 'first'
    case 'last':
      return 'last'
    case 'rank':
      return ranksAtLast.includes(architecture) ? 'last' : 'first'
  }
}

/** @param nCtx as on the command line; 0: not given. */
function wholeLimit(nUbatch: number, nCtx: number, nCtxTrain: number): Pick<EmbeddingInfo, 'maxTokens' | 'limit'> {
  const limits = [
    { maxTokens: nUbatch, limit: 'batch' },
    { maxTokens: nCtx > 0 ? nCtx : nUbatch, limit: 'context' },
    { maxTokens: nCtxTrain > 0 ? nCtxTrain : nUbatch, limit: 'model' },
  ] as const
  return limits.reduce((a, b) => (b.maxTokens < a.maxTokens ? b : a))
}

/**
 * Whether the model's file has the head of a reranker: without one libllama would return any number
 * of a vector as a score.
 */
function canRank(model: Model, path: string): boolean {
  if (model.pooling === 'rank') return true
  const file = GgufFile.open(path)
  file.close()
  return [...file.tensors.keys()].some((name) => name.startsWith('cls.'))
}
