// All that happens to a token, in order: schedule → decode → sample → settle. Synchronous but for one turn of the event loop.
import { assert } from '../base/assert.ts'
import { type ErrorRecord, RequestError } from '../base/errors.ts'
import type { Adapter } from '../llama/adapter.ts'
import type { Context } from '../llama/context.ts'
import type { Vocab } from '../llama/vocab.ts'
import type { FromEngine, GenerationEvent, TaskEvent } from '../protocol/event.ts'
import type { StepWork } from '../protocol/report.ts'
import type { GenerationTask } from '../protocol/task.ts'
import type { SlotStore } from './cache/state-store.ts'
import { Control, type ControlHandlers, recordOf } from './control.ts'
import type { Embedder } from './embedding/embedder.ts'
import { Sequence, truncatePrompt } from './generation/sequence.ts'
import { finish, settleToken } from './generation/settle.ts'
import type { Inbox } from './inbox.ts'
import { Progress } from './report/progress.ts'
import { SlotWatch } from './report/slot-watch.ts'
import { Sampler, type SamplerRoom } from './sampling/sampler.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import type { Step, StepOutput } from './scheduler/step.ts'
import { WorkTurns } from './scheduler/work-turns.ts'

/** llama_decode's code for a cache that is full. */
const noRoom = 1

export class Loop {
  readonly #inbox: Inbox
  readonly #context: Context
  readonly #adapters: readonly Adapter[]
  readonly #vocab: Vocab
  readonly #scheduler: Scheduler
  readonly #room: SamplerRoom
  readonly #send: (message: FromEngine) => void
  readonly #control: Control
  readonly #embedder: Embedder | undefined
  readonly #turns = new WorkTurns()
  readonly #samplers = new Map<Sequence, Sampler>()
  readonly #progress = new Progress()
  readonly #slotWatch = new SlotWatch()
  #events: TaskEvent[] = []
  #work: StepWork | null = null

  constructor(
    inbox: Inbox,
    context: Context,
    adapters: readonly Adapter[],
    scheduler: Scheduler,
    room: SamplerRoom,
    send: (message: FromEngine) => void,
    embedder: Embedder | undefined,
    slotStore: SlotStore | undefined,
  ) {
    this.#inbox = inbox
    this.#context = context
    this.#adapters = adapters
    this.#vocab = room.model.vocab
    this.#scheduler = scheduler
    this.#room = room
    this.#send = send
    this.#embedder = embedder
    const handlers: ControlHandlers = {
      'erase-slot': ({ slotId }) => this.#eraseSlot(slotId),
      'share-slot': ({ slotId }) => this.#shareSlot(slotId),
      'save-slot': (file) => asked(slotStore).save(file),
      'restore-slot': (file) => asked(slotStore).restore(file),
    }
    this.#control = new Control(
      handlers,
      (event) => send({ kind: 'control', event }),
      () => inbox.wake(),
    )
  }

  async run(): Promise<void> {
    while (!this.#inbox.isClosed) {
      for (const message of await this.#inbox.drain(this.#isIdle)) {
        if (message.kind === 'generate') this.#accept(message)
        else if (message.kind === 'embed') this.#events.push(...(this.#embedder?.accept(message) ?? []))
        else if (message.kind === 'control') this.#control.accept(message)
        else if (message.kind === 'cancel') this.#cancel(message.taskId)
        else if (message.kind === 'stop') this.#inbox.close()
      }
      this.#control.run()
      const work = { ...this.#scheduler.work, embeds: this.#embedder?.isIdle === false }
      const turn = this.#turns.next(work)
      if (turn === 'embed') this.#embed(work.decodes)
      else this.#generate(turn === 'any')
      this.#flush()
    }
  }

  get #isIdle(): boolean {
    return this.#scheduler.isIdle && this.#control.isIdle && this.#embedder?.isIdle !== false
  }

  #embed(someoneWaits: boolean): void {
    const { events, work } = this.#embedder!.run(someoneWaits)
    this.#events.push(...events)
    this.#work = work
    this.#turns.did('embed')
  }

  #generate(mayPrefill: boolean): void {
    const step = this.#scheduler.schedule(performance.now(), mayPrefill)
    this.#events.push(...this.#progress.beforeStep(this.#scheduler.waiting, this.#scheduler.slots, performance.now()))
    this.#flush() // who begins and who waits is told before the slow line
    if (step !== undefined && this.#applyMoves(step)) this.#compute(step)
    this.#turns.did(step?.kind)
    if (step?.kind === 'decode') this.#embedder?.measureDecode(performance.now() - step.startedAtMs)
  }

  #compute(step: Step): void {
    this.#context.setAdapters(this.#adapters, step.adapterScales)
    const startedAt = performance.now()
    let code = this.#decode(step) // the one slow line
    if (code === noRoom && this.#forgetIdleSlots()) code = this.#decode(step)
    if (code !== 0) {
      this.#failStep(step, code)
      return
    }
    const computedAt = performance.now()
    this.#work = workOf(step, this.#scheduler, computedAt - startedAt)
    this.#scheduler.settle(step, computedAt)
    this.#events.push(...this.#progress.afterStep(step.parts, computedAt))
    for (const output of step.outputs) this.#sample(output)
    for (const { sequence, slotId } of step.parts) {
      if (!sequence.wantsToken && sequence.nPending === 0)
        this.#end(sequence, slotId, finish(sequence, slotId, 'limit'))
    }
  }

  #decode({ rows, imageRows }: Step): number {
    if (imageRows === undefined) return this.#context.decode(rows)
    const { image, ...where } = imageRows
    return this.#context.decodeEmbeddings({ ...image, ...where, seqId: rows[0]!.seqId, nRows: rows.length })
  }

  #sample({ sequence, slotId, row }: StepOutput): void {
    try {
      const { token, probs, isForcedEnd } = this.#samplers.get(sequence)!.sample(this.#context, row)
      const isEndOfGeneration = isForcedEnd || this.#vocab.isEndOfGeneration(token)
      const next = { token, piece: this.#vocab.piece(token), isEndOfGeneration, probs }
      const event = settleToken(sequence, slotId, next, this.#context.nCtxSeq, performance.now())
      if (event?.kind === 'finish') this.#end(sequence, slotId, event)
      else if (event !== undefined) this.#events.push(event)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.#end(sequence, slotId, { kind: 'error', taskId: sequence.task.taskId, error: recordOf(error) })
    }
  }

  #accept(task: GenerationTask): void {
    const { taskId } = task
    const nCtx = this.#context.nCtxSeq
    if (task.whenPromptTooLong === 'refuse' && task.prompt.length >= nCtx) {
      this.#events.push({ kind: 'error', taskId, error: tooLong(task.prompt.length, nCtx) })
      return
    }
    const tooWide = task.images.find(({ isNonCausal, nTokens }) => isNonCausal && nTokens > this.#context.nUbatch)
    if (tooWide !== undefined) {
      this.#events.push({ kind: 'error', taskId, error: imageTooWide(tooWide.nTokens, this.#context.nUbatch) })
      return
    }
    const { tokens, isTruncated } = truncatePrompt(task.prompt, nCtx, task.nKeep)
    const sequence = new Sequence(task, tokens, isTruncated)
    try {
      const words = task.images.length === 0 ? task.prompt : task.prompt.filter((token) => token >= 0)
      this.#samplers.set(sequence, new Sampler(this.#room, task.sampling, words, nCtx, task.nProbs))
      this.#scheduler.accept(sequence)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.#events.push({ kind: 'error', taskId, error: recordOf(error) })
    }
  }

  #cancel(taskId: number): void {
    this.#control.cancel(taskId)
    this.#embedder?.cancel(taskId)
    const sequence = this.#scheduler.cancel(taskId, performance.now())
    if (sequence !== undefined) this.#freeSampler(sequence)
  }

  /** @returns false when a cut was refused: that sequence is computed from its start, and the step is planned anew. */
  #applyMoves(step: Step): boolean {
    let allDone = true
    for (const move of step.moves) {
      if (move.kind === 'shift') this.#context.shift(move.slotId, move.start, move.end, move.delta)
      else if (move.kind === 'divide') this.#context.divide(move.slotId, move.start, move.end, move.divisor)
      else if (!this.#context.remove(move.slotId, move.start, move.end)) {
        this.#context.remove(move.slotId, 0, -1)
        this.#scheduler.forget(move.slotId)
        allDone = false
      }
    }
    return allDone
  }

  #eraseSlot(slotId: number): { nErased: number } | undefined {
    const slot = this.#scheduler.slots[slotId]!
    if (!slot.isIdle) return undefined
    const nErased = slot.nCells
    this.#context.remove(slotId, 0, -1)
    this.#scheduler.forget(slotId)
    return { nErased }
  }

  #shareSlot(slotId: number): { nCells: number } | undefined {
    if (!this.#scheduler.isIdle) return undefined
    const from = this.#scheduler.slots[slotId]!
    for (const slot of this.#scheduler.slots) {
      if (slot === from) continue
      this.#context.copy(from.id, slot.id)
      slot.copyFrom(from)
    }
    return { nCells: from.nCells }
  }

  /** Frees the pool that slots share under --kv-unified. @returns whether there was something to free. */
  #forgetIdleSlots(): boolean {
    const idle = this.#scheduler.slots.filter((slot) => slot.isIdle && slot.nCells > 0)
    for (const { id } of idle) {
      this.#context.remove(id, 0, -1)
      this.#scheduler.forget(id)
    }
    return idle.length > 0
  }

  #failStep(step: Step, code: number): void {
    for (const { sequence, slotId } of step.parts) {
      this.#context.remove(slotId, 0, -1)
      this.#scheduler.forget(slotId)
      const message =
        code === noRoom
          ? 'Context size has been exceeded: the requests that run share it, and there is no room for their next tokens'
          : `the engine could not compute this request (llama_decode returned ${code})`
      this.#end(sequence, slotId, { kind: 'error', taskId: sequence.task.taskId, error: { kind: 'server', message } })
    }
  }

  #end(sequence: Sequence, slotId: number, event: GenerationEvent): void {
    this.#events.push(event)
    this.#scheduler.finish(slotId, performance.now())
    this.#freeSampler(sequence)
  }

  #freeSampler(sequence: Sequence): void {
    this.#samplers.get(sequence)?.free()
    this.#samplers.delete(sequence)
  }

  #flush(): void {
    const events = this.#events
    const work = this.#work
    const slots = this.#slotWatch.changes(this.#scheduler.slots)
    if (events.length > 0 || slots.length > 0 || work !== null) this.#send({ kind: 'step', events, slots, work })
    this.#events = []
    this.#work = null
  }
}

function workOf({ rows, parts, outputs }: Step, { slots }: Scheduler, ms: number): StepWork {
  const nPromptRows = parts.reduce((sum, { sequence, nRows }) => sum + (sequence.nPredicted === 0 ? nRows : 0), 0)
  const nBusy = slots.filter((slot) => !slot.isIdle).length
  return { ms, nRows: rows.length, nPromptRows, nGenerated: outputs.length, nBusy }
}

function asked(slotStore: SlotStore | undefined): SlotStore {
  assert(slotStore !== undefined, 'slots are saved only where the options say so')
  return slotStore
}

function tooLong(nPromptTokens: number, nCtx: number): ErrorRecord {
  return {
    kind: 'exceed_context_size',
    message:
      `the request exceeds the available context size: the prompt has ${nPromptTokens} tokens, ` +
      `a slot holds ${nCtx}; try a larger -c`,
    details: { n_prompt_tokens: nPromptTokens, n_ctx: nCtx },
  }
}

function imageTooWide(nTokens: number, nUbatch: number): ErrorRecord {
  return {
    kind: 'invalid_request',
    message: `an image of ${nTokens} rows is computed at once, and -ub ${nUbatch} allows fewer; start with a larger -ub and -b`,
  }
}
