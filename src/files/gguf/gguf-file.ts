// A GGUF file that is open for reading: its metadata, and its tensors where they lie. Knows no
// architecture. Source of the format: ggml/include/gguf.h.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { messageOf, StartError } from '../../base/errors.ts'
import { HeaderError, HeaderReader } from './header-reader.ts'

/** ggml_type in ggml.h: those whose numbers stand for themselves. */
export const floatTypes = { F32: 0, F16: 1, BF16: 30 } as const

export type Tensor = {
  readonly name: string
  /** The length of a row first. */
  readonly shape: readonly number[]
  /** A ggml_type. */
  readonly type: number
  /** Where its data begins in the file. */
  readonly start: number
  /** Everything up to the next tensor or the end of the file, so it may include padding. */
  readonly sizeBytes: number
}

export type MetadataValue = string | number | boolean

export class GgufFile {
  readonly path: string
  /** Arrays are skipped: their value is undefined. */
  readonly metadata: ReadonlyMap<string, MetadataValue | undefined>
  /** All metadata as it stands in the file. */
  readonly metadataRange: { readonly start: number; readonly end: number; readonly nKeys: number }
  /** In the order of the file's table. */
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly alignment: number
  readonly #fd: number

  /** @throws StartError for a file that cannot be read or is not a GGUF. */
  static open(path: string): GgufFile {
    let fd: number | undefined
    try {
      fd = openSync(path, 'r')
      return new GgufFile(path, fd)
    } catch (error) {
      if (fd !== undefined) closeSync(fd)
      if (error instanceof HeaderError) throw new StartError(`${path} is not a whole GGUF file: ${error.message}`)
      throw new StartError(`the file ${path} cannot be read: ${messageOf(error)}`)
    }
  }

  private constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new HeaderError('it is not a file')
    const reader = new HeaderReader(fd, stat.size)
    if (reader.bytes(4).toString('latin1') !== 'GGUF') throw new HeaderError('it does not begin with "GGUF"')
    const version = reader.uint32()
    if (version !== 2 && version !== 3) throw new HeaderError(`its version is ${version}, not 2 or 3`)
    const nTensors = reader.uint64()
    const nKeys = reader.uint64()
    const start = reader.position
    this.metadata = readMetadata(reader, nKeys)
    this.metadataRange = { start, end: reader.position, nKeys }
    this.alignment = alignmentOf(this.metadata)
    const entries = Array.from({ length: Math.min(nTensors, stat.size) }, () => readEntry(reader))
    const dataStart = aligned(reader.position, this.alignment)
    this.tensors = placeTensors(entries, dataStart, stat.size)
  }

  /** A string of the metadata. */
  text(key: string): string | undefined {
    const value = this.metadata.get(key)
    return typeof value === 'string' ? value : undefined
  }

  /** Fills `target` from a place in the file. @throws StartError when the file ends before. */
  read(target: Uint8Array, start: number): void {
    for (let n = 0; n < target.length; ) {
      const nRead = readSync(this.#fd, target, n, target.length - n, start + n)
      if (nRead === 0) throw new StartError(`${this.path} is cut off: it ends before byte ${start + target.length}`)
      n += nRead
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

export function aligned(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment
}

function alignmentOf(metadata: GgufFile['metadata']): number {
  const given = metadata.get('general.alignment') ?? 32
  if (typeof given === 'number' && Number.isInteger(Math.log2(given))) return given
  throw new HeaderError(`general.alignment is ${given}, which is not a power of 2`)
}

/**
 * gguf_type: uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64,
 * int64, float64.
 */
const sizes = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8] as const
const stringType = 8
const arrayType = 9

function readMetadata(reader: HeaderReader, nKeys: number): Map<string, MetadataValue | undefined> {
  const metadata = new Map<string, MetadataValue | undefined>()
  for (let i = 0; i < nKeys; i++) {
    const key = reader.string()
    metadata.set(key, readMetadataValue(reader, reader.uint32()))
  }
  return metadata
}

/**
 * @param type a gguf_type. @returns undefined for an array, which is skipped. @throws HeaderError
 *   for an unknown type.
 */
export function readMetadataValue(reader: HeaderReader, type: number): MetadataValue | undefined {
  if (type === stringType) return reader.string()
  if (type === arrayType) return skipArray(reader)
  const size = sizes[type]
  if (size === undefined) throw new HeaderError(`the metadata type ${type} is unknown`)
  return readNumber(reader.bytes(size), type)
}

function skipArray(reader: HeaderReader): undefined {
  const type = reader.uint32()
  const n = reader.uint64()
  const size = sizes[type]
  if (size !== undefined) reader.skip(n * size)
  else if (type === stringType) for (let i = 0; i < n; i++) reader.skip(reader.uint64())
  else throw new HeaderError(`the metadata has an array of the unknown type ${type}`)
}

/**
 * The bytes of an array of strings, as Latin-1. @param type a gguf_type. @returns undefined for a
 * value of another type, which is skipped.
 */
export function readStrings(reader: HeaderReader, type: number): string[] | undefined {
  if (type !== arrayType) {
    readMetadataValue(reader, type)
    return undefined
  }
  const before = reader.position
  if (reader.uint32() !== stringType) {
    reader.position = before
    return skipArray(reader)
  }
  return Array.from({ length: reader.count(8) }, () => reader.string('latin1'))
}

function readNumber(bytes: Buffer, type: number): number | boolean {
  switch (type) {
    case 6:
      return bytes.readFloatLE()
    case 7:
      return bytes[0] !== 0
    case 10:
      return Number(bytes.readBigUInt64LE())
    case 11:
      return Number(bytes.readBigInt64LE())
    case 12:
      return bytes.readDoubleLE()
    default:
      return type % 2 === 0 ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length)
  }
}

type Entry = Omit<Tensor, 'start' | 'sizeBytes'> & { readonly offset: number }

function readEntry(reader: HeaderReader): Entry {
  const name = reader.string()
  const nDimensions = reader.uint32()
  if (nDimensions < 1 || nDimensions > 4) throw new HeaderError(`the tensor ${name} has ${nDimensions} dimensions`)
  const shape = Array.from({ length: nDimensions }, () => reader.uint64())
  return { name, shape, type: reader.uint32(), offset: reader.uint64() }
}

function placeTensors(entries: readonly Entry[], dataStart: number, fileSize: number): Map<string, Tensor> {
  const starts = entries.map(({ offset }) => dataStart + offset).sort((a, b) => a - b)
  const ends = new Map(starts.map((start, i) => [start, starts[i + 1] ?? fileSize]))
  const tensors = entries.map(({ name, shape, type, offset }): [string, Tensor] => {
    const start = dataStart + offset
    const sizeBytes = ends.get(start)! - start
    if (sizeBytes <= 0) throw new HeaderError(`it is cut off: it ends before the tensor ${name}`)
    return [name, { name, shape, type, start, sizeBytes }]
  })
  return new Map(tensors)
}
