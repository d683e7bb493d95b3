// --override-kv KEY=TYPE:VALUE: another value for a key of the model's metadata.
import { StartError, show } from '../base/errors.ts'
import { readCsv } from './csv.ts'

export type KvOverride = { readonly key: string } & (
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'str'; readonly value: string }
)

/** Maximum bytes of a key and of a string in libllama's record, without the final 0. */
const maxBytes = 127

/** @throws StartError naming the part that is wrong. */
export function readKvOverrides(name: string, text: string): KvOverride[] {
  return readCsv(text).map((part) => {
    const refuse = (why: string) => new StartError(`${name}: ${show(part)} ${why}`)
    const [, key, type, value] = /^([^=]+)=([^:]*):(.*)$/s.exec(part) ?? []
    if (key === undefined || value === undefined) throw refuse('is not KEY=TYPE:VALUE')
    if (Buffer.byteLength(key) > maxBytes) throw refuse(`has a key of more than ${maxBytes} bytes`)
    switch (type) {
      case 'int':
        if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
          throw refuse('has no integer as its value')
        return { key, type, value: Number(value) }
      case 'float':
        if (value.trim() === '' || !Number.isFinite(Number(value))) throw refuse('has no number as its value')
        return { key, type, value: Number(value) }
      case 'bool':
        if (value !== 'true' && value !== 'false') throw refuse('is neither true nor false')
        return { key, type, value: value === 'true' }
      case 'str':
        if (Buffer.byteLength(value) > maxBytes) throw refuse(`has a value of more than ${maxBytes} bytes`)
        return { key, type, value }
      default:
        throw refuse('has a type that is not one of int, float, bool, str')
    }
  })
}
