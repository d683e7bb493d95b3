// A LoRA adapter loaded beside its model. Load it before a context is made: the context's graph has
// room only for adapters that exist by then.
import { StartError } from '../base/errors.ts'
import { textOf } from '../base/utf8.ts'
import { recentErrors } from './library.ts'
import type { Model } from './model.ts'
import type { Pointer } from './structs.ts'

export class Adapter {
  readonly pointer: Pointer
  /** The task that its file states; empty when it states none. */
  readonly taskName: string
  readonly promptPrefix: string

  /**
   * Freed with the model.
   * @param path a file whose header was checked: libllama aborts at metadata of another type.
   * @throws StartError when it does not fit the model.
   */
  constructor(model: Model, path: string) {
    const { symbols } = model
    const pointer = symbols.llama_adapter_lora_init(model.pointer, path)
    if (pointer === null) throw new StartError(`the LoRA adapter ${path} cannot be loaded: ${recentErrors()}`)
    this.pointer = pointer
    const meta = (key: string) => {
      const buffer = new Uint8Array(4096)
      const n = symbols.llama_adapter_meta_val_str(pointer, key, buffer, buffer.length)
      return textOf(buffer.subarray(0, Math.max(0, Math.min(n, buffer.length - 1))))
    }
    this.taskName = meta('adapter.lora.task_name')
    this.promptPrefix = meta('adapter.lora.prompt_prefix')
  }
}
