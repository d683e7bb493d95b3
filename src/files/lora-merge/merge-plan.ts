// Plans a merged model: the tensors that it takes from the base model, what is added to them, and
// the layout of its file.
import { StartError } from '../../base/errors.ts'
import { countOf, numberSize } from '../gguf/float-tensor.ts'
import { aligned, floatTypes, type GgufFile, type Tensor } from '../gguf/gguf-file.ts'
import type { LoraAdapter, LoraPair } from '../gguf/lora-adapter.ts'

export type ScaledAdapter = { readonly adapter: LoraAdapter; readonly scale: number }

/** A product that is added to a tensor. */
export type Term = { readonly adapter: LoraAdapter; readonly pair: LoraPair; readonly factor: number }

export type PlannedTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: number
  /** From the beginning of the data. */
  readonly offset: number
  readonly sizeBytes: number
  /** Unchanged from the quantized model, or computed from the base model. */
  readonly source:
    | { readonly kind: 'copy'; readonly tensor: Tensor }
    | { readonly kind: 'merge'; readonly tensor: Tensor; readonly terms: readonly Term[] }
}

export type MergePlan = { readonly tensors: readonly PlannedTensor[]; readonly dataBytes: number }

/** @throws StartError when the three do not belong together. */
export function planMerge(model: GgufFile, base: GgufFile, adapters: readonly ScaledAdapter[]): MergePlan {
  for (const file of [model, base]) checkModel(file, adapters)
  const terms = termsByTensor(model, adapters)
  const tensors: PlannedTensor[] = []
  let offset = 0
  for (const tensor of model.tensors.values()) {
    const added = terms.get(tensor.name)
    const planned = added === undefined ? copied(tensor) : merged(tensor, base, added)
    tensors.push({ ...planned, offset })
    offset = aligned(offset + planned.sizeBytes, model.alignment)
  }
  return { tensors, dataBytes: offset }
}

/**
 * Token embeddings are looked up, not multiplied: their adapter has A and B the other way round.
 */
export function isLookedUp(name: string): boolean {
  return name.endsWith('token_embd.weight')
}

function checkModel(file: GgufFile, adapters: readonly ScaledAdapter[]): void {
  const nParts = file.metadata.get('split.count')
  if (typeof nParts === 'number' && nParts > 1) {
    throw new StartError(
      `--lora-base: ${file.path} is one of ${nParts} parts of a model; put them together with llama-gguf-split`,
    )
  }
  for (const { adapter } of adapters) {
    const architecture = file.text('general.architecture')
    if (architecture === adapter.architecture) continue
    throw new StartError(
      `the LoRA adapter ${adapter.file.path} is for the architecture ${adapter.architecture}, but ${file.path} is ${architecture}`,
    )
  }
}

function termsByTensor(model: GgufFile, adapters: readonly ScaledAdapter[]): Map<string, Term[]> {
  const terms = new Map<string, Term[]>()
  for (const { adapter, scale } of adapters) {
    for (const [name, pair] of adapter.pairs) {
      const tensor = model.tensors.get(name)
      const refuse = (why: string) => new StartError(`the LoRA adapter ${adapter.file.path} does not fit: ${why}`)
      if (tensor === undefined) throw refuse(`${model.path} has no tensor ${name}`)
      if (!fits(tensor, pair))
        throw refuse(`its matrices for ${name} do not match the shape of that tensor in ${model.path}`)
      terms.set(name, [...(terms.get(name) ?? []), { adapter, pair, factor: adapter.factor(pair, scale) }])
    }
  }
  return terms
}

/** A is [nIn, rank] and B [rank, nOut], for each matrix of the tensor. */
function fits({ name, shape }: Tensor, { a, b }: LoraPair): boolean {
  const [nIn, nOut = 1, ...matrices] = shape
  const isSame = (left: readonly number[], right: readonly (number | undefined)[]) =>
    Array.from({ length: 4 }, (_, i) => (left[i] ?? 1) === (right[i] ?? 1)).every(Boolean)
  if (isLookedUp(name)) return isSame(a.shape, [b.shape[0], nOut]) && isSame(b.shape, [b.shape[0], nIn])
  return isSame(a.shape, [nIn, b.shape[0], ...matrices]) && isSame(b.shape, [b.shape[0], nOut, ...matrices])
}

type Placeless = Omit<PlannedTensor, 'offset'>

function copied(tensor: Tensor): Placeless {
  const { name, shape, type, sizeBytes } = tensor
  return { name, shape, type, sizeBytes, source: { kind: 'copy', tensor } }
}

/** A tensor in BF16 becomes F32: BF16 would lose more than the adapter adds. */
function merged({ name, shape }: Tensor, base: GgufFile, terms: readonly Term[]): Placeless {
  const tensor = base.tensors.get(name)
  if (tensor === undefined || tensor.shape.join() !== shape.join()) {
    throw new StartError(`--lora-base: ${base.path} has no tensor ${name} of the shape ${shape.join(' × ')}`)
  }
  if (numberSize(tensor.type) === undefined) {
    throw new StartError(`--lora-base: ${base.path} is quantized (${name}); it must be F32, F16 or BF16`)
  }
  const type = tensor.type === floatTypes.F16 ? floatTypes.F16 : floatTypes.F32
  const sizeBytes = countOf(tensor) * numberSize(type)!
  return { name, shape, type, sizeBytes, source: { kind: 'merge', tensor, terms } }
}
