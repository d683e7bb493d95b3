// Tensors of plain floats (F32, F16, BF16): their numbers, a part at a time.
import { StartError } from '../../base/errors.ts'
import { floatTypes, type GgufFile, type Tensor } from './gguf-file.ts'
import { floatOfBf16, halves } from './half.ts'

/** Bytes of a number; undefined for a quantized type. */
export function numberSize(type: number): 2 | 4 | undefined {
  if (type === floatTypes.F32) return 4
  return type === floatTypes.F16 || type === floatTypes.BF16 ? 2 : undefined
}

export function countOf({ shape }: Tensor): number {
  return shape.reduce((product, n) => product * n, 1)
}

/**
 * @param start index of the first number; @param n how many.
 * @throws StartError for a quantized tensor, and for one that is cut off.
 */
export function readFloats(file: GgufFile, tensor: Tensor, start = 0, n = countOf(tensor)): Float32Array {
  const size = numberSize(tensor.type)
  if (size === undefined) throw new StartError(`${file.path}: the tensor ${tensor.name} is not F32, F16 or BF16`)
  if (countOf(tensor) * size > tensor.sizeBytes)
    throw new StartError(`${file.path} is cut off: the tensor ${tensor.name} is not whole`)
  const numbers = new Float32Array(n)
  if (size === 4) {
    file.read(new Uint8Array(numbers.buffer), tensor.start + start * size)
    return numbers
  }
  const packed = new Uint16Array(n)
  file.read(new Uint8Array(packed.buffer), tensor.start + start * size)
  const table = halves()
  const isHalf = tensor.type === floatTypes.F16
  for (let i = 0; i < n; i++) numbers[i] = isHalf ? table[packed[i]!]! : floatOfBf16(packed[i]!)
  return numbers
}
