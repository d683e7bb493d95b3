// A place for one sequence at a time. The cells that its sequences compute are in its stream
// (cache/kv-stream.ts).
import type { KvStream } from '../cache/kv-stream.ts'
import type { Sequence } from '../generation/sequence.ts'

export class Slot {
  readonly id: number
  readonly stream: KvStream
  sequence: Sequence | undefined

  constructor(id: number, stream: KvStream) {
    this.id = id
    this.stream = stream
  }

  get isIdle(): boolean {
    return this.sequence === undefined
  }
}
