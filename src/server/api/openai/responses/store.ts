// Responses that are kept for their callers: the least recently used go when there are too many, or
// too many bytes.
import type { Item } from './items.ts'
import type { ResponseJson } from './response-json.ts'

export type StoredResponse = {
  readonly response: ResponseJson
  /** The whole input of the model, items of earlier responses first. */
  readonly input: readonly Item[]
}

/** Keeps responses. Each belongs to an owner, and only the owner finds it. */
export interface ResponseStore {
  put(owner: string, stored: StoredResponse): Promise<void>
  get(owner: string, id: string): Promise<StoredResponse | undefined>
  /** @returns whether it was there. */
  delete(owner: string, id: string): Promise<boolean>
  /** An item of any of the owner's responses, which clients refer to by its id. */
  item(owner: string, id: string): Promise<Item | undefined>
}

type Limits = { readonly maxCount: number; readonly maxBytes: number }

const defaults: Limits = { maxCount: 1000, maxBytes: 64 * 2 ** 20 }

type Entry = StoredResponse & { readonly owner: string; readonly sizeBytes: number }

export class MemoryStore implements ResponseStore {
  readonly #limits: Limits
  /** By id, the least recently used first. */
  readonly #entries = new Map<string, Entry>()
  #sizeBytes = 0

  constructor(limits: Limits = defaults) {
    this.#limits = limits
  }

  async put(owner: string, stored: StoredResponse): Promise<void> {
    const sizeBytes = Buffer.byteLength(JSON.stringify(stored))
    if (sizeBytes > this.#limits.maxBytes) return
    this.#entries.set(stored.response.id, { ...stored, owner, sizeBytes })
    this.#sizeBytes += sizeBytes
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxCount && this.#sizeBytes <= this.#limits.maxBytes) break
      this.#remove(id, entry)
    }
  }

  async get(owner: string, id: string): Promise<StoredResponse | undefined> {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.owner !== owner) return undefined
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry
  }

  async delete(owner: string, id: string): Promise<boolean> {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.owner !== owner) return false
    this.#remove(id, entry)
    return true
  }

  /** Clients refer to what is new: the latest responses are looked through first. */
  async item(owner: string, id: string): Promise<Item | undefined> {
    for (const entry of [...this.#entries.values()].reverse()) {
      if (entry.owner !== owner) continue
      const found = [...entry.response.output, ...entry.input].find((item) => item.id === id)
      if (found !== undefined) return found
    }
    return undefined
  }

  #remove(id: string, { sizeBytes }: Entry): void {
    this.#entries.delete(id)
    this.#sizeBytes -= sizeBytes
  }
}
