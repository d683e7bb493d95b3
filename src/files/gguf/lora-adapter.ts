// A LoRA adapter as a file: the tensors that it changes, and the matrices that change them. Checked
// here, because libllama aborts on some faults. Source: llama_adapter_lora_init_impl in llama.cpp's
// src/llama-adapter.cpp.
import { StartError } from '../../base/errors.ts'
import { countOf, numberSize } from './float-tensor.ts'
import { GgufFile, type Tensor } from './gguf-file.ts'

/** The matrices of what is added to a tensor: scale · alpha / rank · B · A. */
export type LoraPair = { readonly a: Tensor; readonly b: Tensor }

export class LoraAdapter {
  readonly file: GgufFile
  readonly architecture: string
  /** 0: the product is not scaled by alpha / rank. */
  readonly alpha: number
  /** By the name of the tensor they change. */
  readonly pairs: ReadonlyMap<string, LoraPair>
  /** Norms, which libllama leaves as they are. */
  readonly ignored: readonly string[]

  /** @throws StartError for a file that is not a LoRA adapter, or is incomplete. */
  static open(path: string): LoraAdapter {
    const file = GgufFile.open(path)
    try {
      return new LoraAdapter(file)
    } catch (error) {
      file.close()
      throw error
    }
  }

  private constructor(file: GgufFile) {
    this.file = file
    const { path, metadata } = file
    const kind = metadata.get('general.type') ?? 'model'
    if (kind !== 'adapter') throw new StartError(`${path} is not a LoRA adapter: its general.type is ${kind}`)
    const type = metadata.get('adapter.type')
    if (type !== 'lora') throw new StartError(`${path} is not a LoRA adapter: its adapter.type is ${type}`)
    if (metadata.has('adapter.alora.invocation_tokens')) {
      throw new StartError(`${path} is an activated LoRA (aLoRA), which is not served`)
    }
    const architecture = file.text('general.architecture')
    if (architecture === undefined) throw new StartError(`the LoRA adapter ${path} names no architecture`)
    const alpha = metadata.get('adapter.lora.alpha') ?? 0
    if (typeof alpha !== 'number') throw new StartError(`the LoRA adapter ${path}: adapter.lora.alpha is not a number`)
    this.architecture = architecture
    this.alpha = alpha
    this.ignored = [...file.tensors.keys()].filter((name) => name.endsWith('_norm.weight'))
    this.pairs = pairsOf(file)
  }

  /** The factor of the product of a pair. */
  factor({ b }: LoraPair, scale: number): number {
    return this.alpha === 0 ? scale : (scale * this.alpha) / b.shape[0]!
  }
}

function pairsOf(file: GgufFile): Map<string, LoraPair> {
  const refuse = (why: string) => new StartError(`the LoRA adapter ${file.path} ${why}`)
  const pairs = new Map<string, LoraPair>()
  for (const [name, tensor] of file.tensors) {
    if (name.endsWith('_norm.weight')) continue
    const [, target, side] = /^(.+)\.lora_([ab])$/.exec(name) ?? []
    if (target === undefined) throw refuse(`has a tensor ${name}, which is not part of a LoRA`)
    const size = numberSize(tensor.type)
    if (size !== undefined && countOf(tensor) * size > tensor.sizeBytes)
      throw refuse(`is cut off in the tensor ${name}`)
    const other = file.tensors.get(`${target}.lora_${side === 'a' ? 'b' : 'a'}`)
    if (other === undefined) throw refuse(`has ${name} without its other half`)
    if (side === 'a') pairs.set(target, { a: tensor, b: other })
  }
  if (pairs.size === 0) throw refuse('has no tensors')
  return pairs
}
