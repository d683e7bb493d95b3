// Overrides of a model's metadata, as llama_model_kv_override records, and a check that the loader
// used them.
import { StartError } from '../base/errors.ts'

/** Keys and strings have at most 127 bytes; an int is a safe integer. */
export type KvOverride = { readonly key: string } & (
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'str'; readonly value: string }
)

// the record in llama.h: a tag, 128 bytes of key, and at the next multiple of 8 a union of 128
// bytes
const tags = { int: 0, float: 1, bool: 2, str: 3 } as const
const keyAt = 4
const valueAt = 136
const recordBytes = 264

/** @returns the records, followed by one with an empty key. */
export function packOverrides(overrides: readonly KvOverride[]): Uint8Array {
  const bytes = Buffer.alloc(recordBytes * (overrides.length + 1))
  overrides.forEach((override, i) => {
    const record = bytes.subarray(i * recordBytes, (i + 1) * recordBytes)
    record.writeUInt32LE(tags[override.type])
    record.write(override.key, keyAt)
    switch (override.type) {
      case 'int':
        record.writeBigInt64LE(BigInt(override.value), valueAt)
        break
      case 'float':
        record.writeDoubleLE(override.value, valueAt)
        break
      case 'bool':
        record.writeUInt8(override.value ? 1 : 0, valueAt)
        break
      case 'str':
        record.write(override.value, valueAt)
        break
    }
  })
  return bytes
}

/**
 * Finds unused overrides: libllama only logs what it does with an override.
 * @param log its lines during the load of the model.
 * @returns the keys that it did not read.
 * @throws StartError for a key of another type, whose override it ignored.
 */
export function unusedKeys(overrides: readonly KvOverride[], log: readonly string[]): string[] {
  return overrides
    .filter(({ key, type }) => {
      const wrong = log.find((line) => line.includes(`Bad metadata override type for key '${key}'`))
      const expected = /expected (\w+)/.exec(wrong ?? '')?.[1]
      if (expected !== undefined) throw new StartError(`--override-kv: ${key} is of the type ${expected}, not ${type}`)
      return !log.some((line) => line.includes('Using metadata override') && line.includes(`'${key}' =`))
    })
    .map(({ key }) => key)
}
