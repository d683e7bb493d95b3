// Saves slots to files and restores them: in this process, or in a later one. The state is copied between two steps; the file is
// written and read beside them. What is kept of a slot, and what must be the same where it is restored: docs/decisions/saved-slots.md.
import { basename } from 'node:path'
import { badField, messageOf, RequestError } from '../../base/errors.ts'
import type { Context } from '../../llama/context.ts'
import type { SlotFile, SlotFileDone } from '../../protocol/control.ts'
import type { Attempt } from '../control.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { Slot } from '../scheduler/slot.ts'
import { fingerprintOf } from './fingerprint.ts'
import { readSlotFile, removeStalePartials, type SavedHeader, type SavedSlot, writeSlotFile } from './state-file.ts'

export type SlotStoreOptions = {
  readonly folder: string
  readonly modelPath: string
  readonly projectorPath: string | undefined
  /** In the order of the scales of a task. */
  readonly adapterPaths: readonly string[]
  /** What cells depend on beside the weights, in words. */
  readonly settings: Readonly<Record<string, string>>
  readonly nVocab: number
}

/** Files that slots are computed with, by what is in them. */
type Weights = { readonly model: string; readonly projector: string | undefined; readonly adapters: readonly string[] }

export class SlotStore {
  readonly #context: Context
  readonly #scheduler: Scheduler
  readonly #options: SlotStoreOptions
  #isAtFile = false
  /** Read at the start: the file of that name may be another one when a slot is saved. */
  readonly #weights: Promise<Weights>

  constructor(context: Context, scheduler: Scheduler, options: SlotStoreOptions) {
    this.#context = context
    this.#scheduler = scheduler
    this.#options = options
    this.#weights = weightsOf(options)
    this.#weights.catch(() => {}) // told to whoever saves or restores
    removeStalePartials(options.folder).catch(() => {}) // saving goes on without that
  }

  /** @returns undefined while the slot is busy, or another file is written or read. */
  save({ slotId, path }: SlotFile): Promise<SlotFileDone> | undefined {
    const slot = this.#scheduler.slots[slotId]!
    if (this.#isAtFile || !slot.isIdle || !this.#settleCopies(slotId)) return undefined
    const started = performance.now()
    const { nGrouped, adapters } = slot
    const lastPos = this.#context.lastPosition(slotId)
    const copied = { nGrouped, lastPos, adapters, tokens: [...slot.cells], state: this.#stateOf(slotId) }
    return this.#alone(this.#write(path, copied, started))
  }

  /**
   * Reads and checks the file, once the slot is idle.
   * @returns what is to be tried then, until the slot is idle again; undefined as `save` does.
   */
  restore(file: SlotFile): Promise<Attempt<SlotFileDone>> | undefined {
    if (this.#isAtFile || !this.#scheduler.slots[file.slotId]!.isIdle) return undefined
    return this.#alone(this.#read(file))
  }

  /** A copy of a slot may be large: there is one at a time. */
  async #alone<T>(work: Promise<T>): Promise<T> {
    this.#isAtFile = true
    try {
      return await work
    } finally {
      this.#isAtFile = false
    }
  }

  async #read({ slotId, path }: SlotFile): Promise<Attempt<SlotFileDone>> {
    const started = performance.now()
    const weights = await this.#knownWeights()
    const saved = await readSlotFile(path, (header, tokens) => {
      const why = this.#whyNot(header, tokens, weights)
      if (why !== undefined) throw badField('filename', basename(path), why)
    })
    const readMs = performance.now() - started
    return () => {
      const slot = this.#scheduler.slots[slotId]!
      if (!slot.isIdle || !this.#settleCopies(slotId)) return undefined
      const from = performance.now()
      const scales = scalesOf(saved.header, weights) ?? []
      const why = this.#replace(slot, saved, scales.join())
      if (why !== undefined) throw badField('filename', basename(path), why)
      return { nTokens: saved.tokens.length, nBytes: saved.nBytes, ms: readMs + performance.now() - from }
    }
  }

  async #write(
    path: string,
    slot: Omit<SavedHeader, 'identity' | 'projector' | 'adapters'> & {
      readonly adapters: string
      readonly tokens: readonly number[]
      readonly state: Uint8Array
    },
    started: number,
  ): Promise<SlotFileDone> {
    const weights = await this.#knownWeights()
    const { tokens, state, nGrouped, lastPos } = slot
    const scales = slot.adapters === '' ? [] : slot.adapters.split(',').map(Number)
    const header: SavedHeader = {
      identity: this.#identity(weights),
      projector: hasPictures(tokens) ? weights.projector : undefined,
      adapters: this.#options.adapterPaths.flatMap((file, i) => {
        const scale = scales[i] ?? 0
        return scale === 0 ? [] : [{ name: basename(file), fingerprint: weights.adapters[i]!, scale }]
      }),
      nGrouped,
      lastPos,
    }
    const nBytes = await writeSlotFile(path, { header, tokens, state })
    return { nTokens: tokens.length, nBytes, ms: performance.now() - started }
  }

  #identity({ model }: Weights): Record<string, string> {
    return { 'model file': `${basename(this.#options.modelPath)} (${model})`, ...this.#options.settings }
  }

  /** @returns what is wrong with a file that is whole; undefined when it can be restored here. */
  #whyNot(header: SavedHeader, tokens: readonly number[], weights: Weights): string | undefined {
    for (const [what, ours] of Object.entries(this.#identity(weights))) {
      const theirs = header.identity[what]
      // a model file may have another name by now
      const isSame = what === 'model file' ? theirs?.endsWith(`(${weights.model})`) : theirs === ours
      if (!isSame) return `was saved with another ${what}: ${theirs}; here it is ${ours}`
    }
    const { nCtxSeq } = this.#context
    if (tokens.length > nCtxSeq || header.lastPos >= nCtxSeq) {
      return `has ${tokens.length} tokens, and a slot holds ${nCtxSeq}; restore it with a larger -c`
    }
    if (hasPictures(tokens)) {
      if (weights.projector === undefined) {
        return 'was saved by a server that sees. Cannot restore media tokens without an mmproj: start with --mmproj'
      }
      if (header.projector !== weights.projector) return 'has pictures that were read with another --mmproj'
    }
    if (tokens.some((token) => token >= this.#options.nVocab)) return 'has tokens that the model does not know'
    if (scalesOf(header, weights) === undefined) {
      const missing = header.adapters.filter(({ fingerprint }) => !weights.adapters.includes(fingerprint))
      return `was computed with the LoRA adapter ${missing.map(({ name }) => name).join(', ')}, which is not loaded here`
    }
    return undefined
  }

  /** @returns why not; then the slot has what it had, if it could be put back. */
  #replace(slot: Slot, { header, tokens, state }: SavedSlot, adapters: string): string | undefined {
    const old = slot.nCells === 0 ? undefined : this.#stateOf(slot.id)
    this.#context.remove(slot.id, 0, -1)
    const { lastPos } = header
    const why = this.#context.setState(slot.id, state) ?? this.#misplaced(slot, lastPos)
    if (why === undefined) {
      slot.restore(tokens, adapters, header.nGrouped, this.#firstCut(tokens, lastPos), performance.now())
      return undefined
    }
    this.#context.remove(slot.id, 0, -1)
    if (old !== undefined && this.#context.setState(slot.id, old) === undefined) {
      slot.firstCut = Math.max(slot.firstCut, this.#firstCut(slot.cells, this.#context.lastPosition(slot.id)))
      return `cannot be restored here: ${why}. The slot has what it had`
    }
    this.#scheduler.forget(slot.id)
    return `cannot be restored here: ${why}. The slot is empty`
  }

  /** @throws RequestError when there is no memory for a copy. */
  #stateOf(slotId: number): Uint8Array {
    try {
      return this.#context.state(slotId)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const nBytes = this.#context.stateBytes(slotId)
      throw new RequestError('server', `There is no memory for a copy of the slot, which has ${nBytes} bytes`)
    }
  }

  /** A last check of what was restored: it ends where it ended. */
  #misplaced(slot: Slot, lastPos: number): string | undefined {
    const last = this.#context.lastPosition(slot.id)
    return last === lastPos ? undefined : `its cells end at the position ${last}, not ${lastPos}`
  }

  /** The state of a sliding window has no cells outside of it; cut back by more than a token, the window would lack some. */
  #firstCut(tokens: readonly number[], lastPos: number): number {
    const { nSwa } = this.#context
    return nSwa > 0 && lastPos >= nSwa ? tokens.length - 1 : 0
  }

  /**
   * Copies of the system prompt are made at the next decode. A state that was read before is not there, one that was set would
   * be replaced. When no decode is to come, one is made in another slot, which loses its copy.
   * @returns false when a step that comes anyway will do it.
   */
  #settleCopies(slotId: number): boolean {
    if (!this.#context.hasPendingCopies) return true
    if (!this.#scheduler.isIdle) return false
    const other = this.#scheduler.slots.find(({ id }) => id !== slotId)!
    this.#context.remove(other.id, 0, -1)
    this.#scheduler.forget(other.id)
    this.#context.settleCopies(other.id)
    return true
  }

  async #knownWeights(): Promise<Weights> {
    try {
      return await this.#weights
    } catch (error) {
      throw new RequestError('server', `Slots cannot be told apart: ${messageOf(error)}`)
    }
  }
}

async function weightsOf({ modelPath, projectorPath, adapterPaths }: SlotStoreOptions): Promise<Weights> {
  return {
    model: await fingerprintOf(modelPath),
    projector: projectorPath === undefined ? undefined : await fingerprintOf(projectorPath),
    adapters: await Promise.all(adapterPaths.map(fingerprintOf)),
  }
}

/** The scale of each adapter of this server; undefined when one that was applied is not among them. */
function scalesOf({ adapters }: SavedHeader, weights: Weights): number[] | undefined {
  const scales = weights.adapters.map(() => 0)
  const isTaken = weights.adapters.map(() => false)
  for (const { fingerprint, scale } of adapters) {
    const i = weights.adapters.findIndex((ours, j) => ours === fingerprint && !isTaken[j])
    if (i < 0) return undefined
    scales[i] = scale
    isTaken[i] = true
  }
  return scales
}

function hasPictures(tokens: readonly number[]): boolean {
  return tokens.some((token) => token < 0)
}
