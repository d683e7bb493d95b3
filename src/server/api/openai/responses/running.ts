// Responses that are being written: other requests may read them, and cancel them.
import type { StoredResponse } from './store.ts'

export type Run = {
  /** The response so far. */
  readonly current: () => StoredResponse
  readonly cancel: () => void
}

export class RunningResponses {
  readonly #runs = new Map<string, Run & { readonly owner: string }>()

  /** @returns a function that removes it. */
  add(owner: string, id: string, run: Run): () => void {
    this.#runs.set(id, { ...run, owner })
    return () => {
      this.#runs.delete(id)
    }
  }

  get(owner: string, id: string): Run | undefined {
    const run = this.#runs.get(id)
    return run?.owner === owner ? run : undefined
  }
}
