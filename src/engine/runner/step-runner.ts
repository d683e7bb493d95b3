// Carries out the plans: makes the moves, decodes the rows, samples the tokens. The only user of
// the context.
import { assert } from '../../base/assert.ts'
import { RequestError } from '../../base/errors.ts'
import type { PromptTokenProbs } from '../../protocol/event.ts'
import { type CellMove, removeAll } from '../cache/cell-move.ts'
import type { KvCache } from '../cache/kv-cache.ts'
import type { Sequence } from '../generation/sequence.ts'
import type { Choosing, MakeSampler, TokenSampler } from '../generation/token-sampler.ts'
import type { PromptRow, Step, StepOutput } from '../scheduler/step.ts'
import { type KvContext, noRoom } from './kv-context.ts'

export class StepRunner {
  readonly #context: KvContext
  readonly #cache: KvCache
  readonly #makeSampler: MakeSampler
  readonly #samplers = new Map<Sequence, TokenSampler>()
  /** Sequences whose samplers are being made. */
  readonly #preparing = new Set<Sequence>()

  constructor(context: KvContext, cache: KvCache, makeSampler: MakeSampler) {
    this.#context = context
    this.#cache = cache
    this.#makeSampler = makeSampler
  }

  get nCtx(): number {
    return this.#context.nCtxSeq
  }

  /** The maximum number of rows that are computed together. */
  get nUbatch(): number {
    return this.#context.nUbatch
  }

  /**
   * @returns false when a cut was refused: that stream is now empty, and a step that relied on it
   *   must be planned again.
   */
  apply(moves: readonly CellMove[]): boolean {
    const emptied = new Set<number>()
    for (const move of moves) {
      const { streamId } = move
      if (move.kind === 'shift') this.#context.shift(streamId, move.start, move.end, move.delta)
      else if (move.kind === 'divide') this.#context.divide(streamId, move.start, move.end, move.divisor)
      else if (move.kind === 'copy' && !emptied.has(move.from)) this.#context.copy(move.from, streamId)
      else if (move.kind === 'copy' || !this.#context.remove(streamId, move.start, move.end)) {
        this.apply(this.#cache.forget(streamId))
        emptied.add(streamId)
      }
    }
    return emptied.size === 0
  }

  /**
   * Computes the rows, in the one slow line of the engine. @returns libllama's code; when it is not
   * 0, none of the rows has its cell.
   */
  compute(step: Step): number {
    this.#context.setAdapterScales(step.adapterScales)
    const code = this.#decode(step)
    if (code !== noRoom) return code
    const moves = this.#cache.forgetFree()
    if (moves.length === 0) return code
    this.apply(moves)
    return this.#decode(step)
  }

  /**
   * Makes the sequence's sampler. Call it once, before the sequence has rows.
   * @returns undefined when that is done; if it takes long, a promise of whether the sequence is
   *   still wanted by then.
   * @throws RequestError when the request cannot be sampled; so does the promise.
   */
  prepare(sequence: Sequence): Promise<boolean> | undefined {
    const made = this.#makeSampler(sequence.task)
    if (made instanceof Promise) return this.#await(sequence, made)
    this.#use(sequence, made)
    return undefined
  }

  /** @throws RequestError when the request leaves no token to choose. */
  sample({ sequence, row }: StepOutput): Choosing {
    const sampler = this.#samplers.get(sequence)
    assert(sampler !== undefined, 'a sequence has rows before its sampler is made')
    return sampler.sample(row)
  }

  /** The probability of the token after a row of a prompt. */
  judge({ sequence, row, token }: PromptRow): PromptTokenProbs {
    const sampler = this.#samplers.get(sequence)
    assert(sampler !== undefined, 'a sequence has rows before its sampler is made')
    return sampler.judge(row, token, sequence.task.nPromptProbs ?? 0)
  }

  /**
   * Takes the next token that an earlier engine wrote.
   * @throws RequestError when it cannot follow.
   */
  retake({ sequence, row }: StepOutput): void {
    const sampler = this.#samplers.get(sequence)
    assert(sampler !== undefined, 'a sequence has rows before its sampler is made')
    sequence.retaken(sampler.retake(sequence.nextKnown!, row))
  }

  /** Frees the sequence's sampler. */
  end(sequence: Sequence): void {
    this.#preparing.delete(sequence)
    this.#samplers.get(sequence)?.free()
    this.#samplers.delete(sequence)
  }

  /**
   * A copy of everything that libllama keeps of a stream. @throws RequestError when there is not
   * enough memory for it.
   */
  state(streamId: number): { readonly state: Uint8Array; readonly lastPos: number } {
    try {
      return { state: this.#context.state(streamId), lastPos: this.#context.lastPosition(streamId) }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const nBytes = this.#context.stateBytes(streamId)
      throw new RequestError('server', `Not enough memory for a copy of the slot, which has ${nBytes} bytes`)
    }
  }

  /**
   * Replaces the contents of a free stream with a state. The caller is responsible for the bytes,
   * and informs the cache.
   * @returns the reason for a failure; the stream is empty then.
   */
  setState(streamId: number, state: Uint8Array, lastPos: number): string | undefined {
    this.apply([removeAll(streamId)])
    const why = this.#context.setState(streamId, state)
    if (why !== undefined) return why
    const last = this.#context.lastPosition(streamId)
    if (last === lastPos) return undefined
    this.apply([removeAll(streamId)])
    return `its cells end at the position ${last}, not ${lastPos}`
  }

  /**
   * Whether a state may be read or set now: not while copies wait for the next decode, which would
   * come after it.
   */
  get hasPendingCopies(): boolean {
    return this.#context.hasPendingCopies
  }

  /**
   * Carries out pending copies at once. @param streamId a free stream, which is empty afterwards.
   */
  settleCopies(streamId: number): void {
    this.apply(this.#cache.forget(streamId))
    this.#context.settleCopies(streamId)
  }

  async #await(sequence: Sequence, making: Promise<TokenSampler>): Promise<boolean> {
    this.#preparing.add(sequence)
    const sampler = await making
    const isWanted = this.#preparing.delete(sequence)
    if (isWanted) this.#use(sequence, sampler)
    else sampler.free()
    return isWanted
  }

  /**
   * Tokens of an earlier engine are taken at once, or with the rows from which each was drawn. Rows
   * that left the context are lost.
   */
  #use(sequence: Sequence, sampler: TokenSampler): void {
    sequence.retakesRows = sampler.draws && !sequence.hasShifted
    this.#samplers.set(sequence, sampler)
    if (sequence.retakesRows) return
    for (let token = sequence.nextKnown; token !== undefined; token = sequence.nextKnown) {
      sequence.retaken(sampler.retake(token))
    }
  }

  #decode({ rows, imageRows }: Step): number {
    if (imageRows === undefined) return this.#context.decode(rows)
    const { image, ...where } = imageRows
    return this.#context.decodeEmbeddings({ ...image, ...where, seqId: rows[0]!.seqId, nRows: rows.length })
  }
}
