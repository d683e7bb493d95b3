// Saves slots to files and restores them: in this process, or in a later one. The state is copied
// between two steps; the file is written and read beside them. The saved parts of a slot, and the
// conditions of a restore: docs/decisions/saved-slots.md.
import { basename } from 'node:path'
import { badField, messageOf, RequestError } from '../../base/errors.ts'
import type { SlotFile, SlotFileDone } from '../../protocol/control.ts'
import type { Attempt } from '../control.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { KvCache } from './kv-cache.ts'
import type { SavedCells } from './kv-stream.ts'
import { readSlotFile, removeStalePartials, type SavedHeader, type SavedSlot, writeSlotFile } from './state-file.ts'

/** Reads and sets the states of streams; the runner implements it. */
export interface StreamStates {
  readonly hasPendingCopies: boolean
  settleCopies(streamId: number): void
  state(streamId: number): { readonly state: Uint8Array; readonly lastPos: number }
  setState(streamId: number, state: Uint8Array, lastPos: number): string | undefined
}

export type StateStoreOptions = {
  readonly folder: string
  readonly modelPath: string
  readonly projectorPath: string | undefined
  /** In the order of the scales of a task. */
  readonly adapterPaths: readonly string[]
  /** Settings that cells depend on beside the weights, in words. */
  readonly settings: Readonly<Record<string, string>>
  readonly nVocab: number
}

/** Files that slots are computed with, by fingerprint. */
type Weights = { readonly model: string; readonly projector: string | undefined; readonly adapters: readonly string[] }

export class StateStore {
  readonly #cache: KvCache
  readonly #states: StreamStates
  readonly #options: StateStoreOptions
  #isAtFile = false
  /** Read at the start: the file of that name may be another one when a slot is saved. */
  readonly #weights: Promise<Weights>

  constructor(cache: KvCache, states: StreamStates, options: StateStoreOptions) {
    this.#cache = cache
    this.#states = states
    this.#options = options
    this.#weights = weightsOf(options)
    this.#weights.catch(() => {}) // reported to whoever saves or restores
    removeStalePartials(options.folder).catch(() => {}) // saving works without it
  }

  /** @returns undefined while the slot is busy, or another file is written or read. */
  save({ slotId, path }: SlotFile): Promise<SlotFileDone> | undefined {
    const stream = this.#cache.stream(slotId)
    if (this.#isAtFile || stream.isLeased || !this.#settleCopies(slotId)) return undefined
    const started = performance.now()
    const { nGrouped, adapters, scope, nPlain, cells } = stream
    const copied = { nGrouped, adapters, scope, nPlain, tokens: [...cells], ...this.#states.state(slotId) }
    return this.#alone(this.#write(path, copied, started))
  }

  /**
   * Reads and checks the file, once the slot is idle.
   * @returns the attempt to make then, until the slot is idle again; undefined as for `save`.
   */
  restore(file: SlotFile): Promise<Attempt<SlotFileDone>> | undefined {
    if (this.#isAtFile || this.#cache.stream(file.slotId).isLeased) return undefined
    return this.#alone(this.#read(file))
  }

  /** A copy of a slot may be large: only one exists at a time. */
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
      if (this.#cache.stream(slotId).isLeased || !this.#settleCopies(slotId)) return undefined
      const from = performance.now()
      const scales = scalesOf(saved.header, weights) ?? []
      const why = this.#replace(slotId, saved, scales.join())
      if (why !== undefined) throw badField('filename', basename(path), why)
      return { nTokens: saved.tokens.length, nBytes: saved.nBytes, ms: readMs + performance.now() - from }
    }
  }

  async #write(
    path: string,
    slot: SavedCells & { readonly lastPos: number; readonly state: Uint8Array },
    started: number,
  ): Promise<SlotFileDone> {
    const weights = await this.#knownWeights()
    const { tokens, state, scope, nPlain, nGrouped, lastPos } = slot
    const scales = slot.adapters === '' ? [] : slot.adapters.split(',').map(Number)
    const header: SavedHeader = {
      identity: this.#identity(weights),
      projector: hasImages(tokens) ? weights.projector : undefined,
      adapters: this.#options.adapterPaths.flatMap((file, i) => {
        const scale = scales[i] ?? 0
        return scale === 0 ? [] : [{ name: basename(file), fingerprint: weights.adapters[i]!, scale }]
      }),
      ...(scope !== '' && { scope }),
      ...(nPlain < tokens.length && { nPlain }),
      nGrouped,
      lastPos,
    }
    const nBytes = await writeSlotFile(path, { header, tokens, state })
    return { nTokens: tokens.length, nBytes, ms: performance.now() - started }
  }

  #identity({ model }: Weights): Record<string, string> {
    return { 'model file': `${basename(this.#options.modelPath)} (${model})`, ...this.#options.settings }
  }

  /** @returns the fault of a complete file; undefined when it can be restored here. */
  #whyNot(header: SavedHeader, tokens: readonly number[], weights: Weights): string | undefined {
    for (const [what, ours] of Object.entries(this.#identity(weights))) {
      const theirs = header.identity[what]
      // a model file may have another name by now
      const isSame = what === 'model file' ? theirs?.endsWith(`(${weights.model})`) : theirs === ours
      if (!isSame) return `was saved with another ${what}: ${theirs}; here it is ${ours}`
    }
    const { nCtx } = this.#cache.options
    if (tokens.length > nCtx || header.lastPos >= nCtx) {
      return `has ${tokens.length} tokens, and a slot holds ${nCtx}; restore it with a larger -c`
    }
    if (hasImages(tokens)) {
      if (weights.projector === undefined) {
        return 'was saved by a server that sees. Cannot restore media tokens without an mmproj: start with --mmproj'
      }
      if (header.projector !== weights.projector) return 'has images that were read with another --mmproj'
    }
    if (tokens.some((token) => token >= this.#options.nVocab)) return 'has tokens that the model does not know'
    if (scalesOf(header, weights) === undefined) {
      const missing = header.adapters.filter(({ fingerprint }) => !weights.adapters.includes(fingerprint))
      return `was computed with the LoRA adapter ${missing.map(({ name }) => name).join(', ')}, which is not loaded here`
    }
    return undefined
  }

  /**
   * @returns the reason for a failure; the slot then has its earlier contents, if they could be put
   *   back.
   */
  #replace(streamId: number, { header, tokens, state }: SavedSlot, adapters: string): string | undefined {
    const { scope = '', nPlain = Number.POSITIVE_INFINITY, nGrouped, lastPos } = header
    const old = this.#cache.stream(streamId).nCells === 0 ? undefined : this.#states.state(streamId)
    const why = this.#states.setState(streamId, state, lastPos)
    if (why === undefined) {
      this.#cache.restored(streamId, { tokens, adapters, scope, nPlain, nGrouped }, lastPos, performance.now())
      return undefined
    }
    if (old !== undefined && this.#states.setState(streamId, old.state, old.lastPos) === undefined) {
      this.#cache.putBack(streamId, old.lastPos)
      return `cannot be restored here: ${why}. The slot is unchanged`
    }
    this.#cache.forget(streamId) // the stream is empty already
    return `cannot be restored here: ${why}. The slot is empty`
  }

  /**
   * Copies of the system prompt are made at the next decode. A state read before that would lack
   * them, and a state set before that would be overwritten. If no decode is due, one is made in
   * another slot, which loses its copy.
   * @returns false when a step that is due anyway will make the copies.
   */
  #settleCopies(slotId: number): boolean {
    if (!this.#states.hasPendingCopies) return true
    if (this.#cache.isLeased) return false
    const other = this.#cache.streams.find(({ id }) => id !== slotId)!
    this.#states.settleCopies(other.id)
    return true
  }

  async #knownWeights(): Promise<Weights> {
    try {
      return await this.#weights
    } catch (error) {
      throw new RequestError('server', `The model files cannot be fingerprinted: ${messageOf(error)}`)
    }
  }
}

async function weightsOf({ modelPath, projectorPath, adapterPaths }: StateStoreOptions): Promise<Weights> {
  return {
    model: await fingerprintOf(modelPath),
    projector: projectorPath === undefined ? undefined : await fingerprintOf(projectorPath),
    adapters: await Promise.all(adapterPaths.map(fingerprintOf)),
  }
}

/**
 * The scale of each adapter of this server; undefined when an applied adapter is not among them.
 */
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

function hasImages(tokens: readonly number[]): boolean {
  return tokens.some((token) => token < 0)
}
