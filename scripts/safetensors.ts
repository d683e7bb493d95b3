// Reads a safetensors file. Source of the format: the README of huggingface/safetensors.
import { readFileSync } from 'node:fs'

export type StoredTensor = {
  /** Rows first. */
  readonly shape: readonly number[]
  /** @throws Error for a tensor other than 32-bit floats. */
  readonly data: () => Float32Array
}

type Entry = {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** All tensors of a file, by name. */
export function readSafetensors(path: string): ReadonlyMap<string, StoredTensor> {
  const bytes = readFileSync(path)
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
  const header: Record<string, Entry> = JSON.parse(bytes.toString('utf8', 8, headerEnd))
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        const data = () => {
          if (dtype !== 'F32') throw new Error(`the tensor ${name} is of ${dtype}, not F32`)
          // aligned
          return new Float32Array(Uint8Array.from(bytes.subarray(headerEnd + start, headerEnd + end)).buffer)
        }
        return [name, { shape, data }]
      },
    ),
  )
}
