// The models of the server, by name.
import type { Model } from './model.ts'

export interface ModelRegistry {
  list(): readonly Model[]
  /**
   * @param name as given in a request; undefined if it names none.
   * @throws RequestError when there is no such model.
   */
  acquire(name: string | undefined, signal: AbortSignal): Promise<Model>
}

/** A registry of one model, which answers to any name. */
export function registryOf(model: Model): ModelRegistry {
  return { list: () => [model], acquire: async () => model }
}
