// A change of the cells in the KV cache, as plain data: planned by the cache, made by the runner.

/** Positions are half-open; `end` -1 is the end of the stream. */
export type CellMove =
  | { readonly kind: 'remove'; readonly streamId: number; readonly start: number; readonly end: number }
  | {
      readonly kind: 'shift'
      readonly streamId: number
      readonly start: number
      readonly end: number
      readonly delta: number
    }
  | {
      readonly kind: 'divide'
      readonly streamId: number
      readonly start: number
      readonly end: number
      readonly divisor: number
    }
  /**
   * Copies the contents of a stream to another one, replacing what that holds: libllama copies only
   * whole streams.
   */
  | { readonly kind: 'copy'; readonly streamId: number; readonly from: number }

/** Empties a stream. */
export function removeAll(streamId: number): CellMove {
  return { kind: 'remove', streamId, start: 0, end: -1 }
}
