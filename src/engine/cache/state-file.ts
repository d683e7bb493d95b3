// The file of a saved slot: its contents, and libllama's state. Knows neither models nor slots.
//
//   "CRIASLOT" · version · nHeaderBytes · nTokens · crc of header and tokens · nStateBytes   (32 bytes, little-endian)
//   header (JSON) · tokens (int32 each) · state · crc of the state
//
// libllama trusts the state that it gets, so all of it is checked here first. The checksums detect
// damage; they do not protect from a forger with write access to the folder.
import { constants, type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { badField, messageOf, RequestError } from '../../base/errors.ts'
import { isAlive } from '../../base/process-alive.ts'

/** The description of a slot, without its state. */
export type SavedHeader = {
  /** The settings it was computed with: each entry must be the same where it is restored. */
  readonly identity: Readonly<Record<string, string>>
  /** The projector of its images; undefined when it holds none. */
  readonly projector: string | undefined
  /** The LoRA adapters applied, with a scale other than 0. */
  readonly adapters: readonly { readonly name: string; readonly fingerprint: string; readonly scale: number }[]
  /** See `KvStream`; undefined: ''. */
  readonly scope?: string | undefined
  /** See `KvStream`; undefined: all cells are. */
  readonly nPlain?: number | undefined
  /** Windows that self-extend has grouped. */
  readonly nGrouped: number
  /** The position of its last cell; -1 without any. */
  readonly lastPos: number
}

/** Token ids; those of images are negative, see docs/decisions/images.md. */
export type SavedSlot = { readonly header: SavedHeader; readonly tokens: readonly number[]; readonly state: Uint8Array }

const magic = 'CRIASLOT'
const version = 1
const nPreludeBytes = 32
/** Far more than any header needs. */
const maxHeaderBytes = 2 ** 20
/**
 * Bytes read, checked or written in one turn of the event loop: a step of the running requests
 * comes between two turns, 5 ms for a checksum.
 */
const blockBytes = 16 * 2 ** 20
/** Bytes read at once, from the prelude on: header and tokens of all but the longest slots. */
const firstBytes = 128 * 2 ** 10

let nWrites = 0

/**
 * Writes under another name first: `path` always names a complete file, the old one or the new one.
 * @returns the size of the file.
 * @throws RequestError (500) with the reason of the operating system.
 */
export async function writeSlotFile(path: string, { header, tokens, state }: SavedSlot): Promise<number> {
  const partial = join(dirname(path), `${partialPrefix()}${process.pid}.${nWrites++}`)
  try {
    const file = await open(partial, 'wx', 0o600)
    try {
      const head = packHead(header, tokens, state.length)
      const nBytes = await writeAll(file, head, state)
      await file.sync()
      await file.close()
      await rename(partial, path)
      return nBytes
    } catch (error) {
      await file.close().catch(() => {})
      await rm(partial, { force: true })
      throw error
    }
  } catch (error) {
    throw new RequestError('server', `Cannot save the slot as "${basename(path)}": ${messageOf(error)}`)
  }
}

/** The name prefix of partial files; it names the writing process. */
function partialPrefix(): string {
  return `.cria-saving.${hostname()}.`
}

/** Removes the unfinished files of processes that have ended. Call it before this one writes. */
export async function removeStalePartials(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(partialPrefix())) continue
    const pid = Number(name.slice(partialPrefix().length).split('.')[0])
    if (!isAlive(pid)) await rm(join(folder, name), { force: true })
  }
}

/**
 * Reads a file that `writeSlotFile` wrote.
 * @param check gets header and tokens before the state is read; throws when they cannot be used
 *   here.
 * @throws RequestError (400) that says what is wrong with the file.
 */
export async function readSlotFile(
  path: string,
  check: (header: SavedHeader, tokens: readonly number[]) => void,
): Promise<SavedSlot & { readonly nBytes: number }> {
  const refuse = (why: string) => badField('filename', basename(path), why)
  const damaged = refuse('is damaged: its checksum is another one')
  let file: FileHandle | undefined
  try {
    // otherwise a pipe would wait for ever
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = await file.stat()
    if (!stat.isFile()) throw refuse('is not a file')
    const { size } = stat
    const first = await read(file, Math.min(firstBytes, size))
    const prelude = readPrelude(first, refuse)
    const { nHeaderBytes, nTokens, nStateBytes } = prelude
    const nHeadBytes = nPreludeBytes + nHeaderBytes + 4 * nTokens
    const nBytes = nHeadBytes + nStateBytes + 4
    if (size < nBytes) throw refuse(`is cut off: it has ${size} of ${nBytes} bytes`)
    if (size > nBytes) throw refuse(`is damaged: it has ${size} bytes, not ${nBytes}`)
    const head = first.length >= nHeadBytes ? first : await read(file, nHeadBytes)
    if (crc32(head.subarray(nPreludeBytes, nHeadBytes)) !== prelude.crc) throw damaged
    const header = parseHeader(head.subarray(nPreludeBytes, nPreludeBytes + nHeaderBytes))
    if (header === undefined) throw refuse('is not a slot saved by this version of Cria')
    const tokens = Array.from({ length: nTokens }, (_, i) => head.readInt32LE(nPreludeBytes + nHeaderBytes + 4 * i))
    check(header, tokens)
    const tail = Buffer.allocUnsafeSlow(nStateBytes + 4)
    const crc = await readAll(file, tail, nHeadBytes, nStateBytes)
    if (tail.readUInt32LE(nStateBytes) !== crc) throw damaged
    return { header, tokens, state: tail.subarray(0, nStateBytes), nBytes }
  } catch (error) {
    if (error instanceof RequestError) throw error
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw refuse(isMissing ? 'is not there: no slot was saved under this name' : `cannot be read: ${messageOf(error)}`)
  } finally {
    file?.close().catch(() => {}) // nothing waits for it
  }
}

function packHead(header: SavedHeader, tokens: readonly number[], nStateBytes: number): Buffer {
  const headerBytes = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(nPreludeBytes + headerBytes.length + 4 * tokens.length)
  const body = head.subarray(nPreludeBytes)
  headerBytes.copy(body)
  for (const [i, token] of tokens.entries()) body.writeInt32LE(token, headerBytes.length + 4 * i)
  head.write(magic, 'latin1')
  head.writeUInt32LE(version, 8)
  head.writeUInt32LE(headerBytes.length, 12)
  head.writeUInt32LE(tokens.length, 16)
  head.writeUInt32LE(crc32(body), 20)
  head.writeBigUInt64LE(BigInt(nStateBytes), 24)
  return head
}

function readPrelude(prelude: Buffer, refuse: (why: string) => RequestError) {
  if (prelude.length < nPreludeBytes || prelude.toString('latin1', 0, 8) !== magic) {
    throw refuse('is not a slot saved by Cria')
  }
  const found = prelude.readUInt32LE(8)
  if (found !== version) throw refuse(`is a saved slot of version ${found}, and this Cria reads version ${version}`)
  const nHeaderBytes = prelude.readUInt32LE(12)
  if (nHeaderBytes > maxHeaderBytes) throw refuse(`is damaged: it claims a header of ${nHeaderBytes} bytes`)
  return {
    nHeaderBytes,
    nTokens: prelude.readUInt32LE(16),
    crc: prelude.readUInt32LE(20),
    nStateBytes: Number(prelude.readBigUInt64LE(24)),
  }
}

/** @returns undefined for a header that `packHead` does not write. */
function parseHeader(bytes: Buffer): SavedHeader | undefined {
  let value: Partial<SavedHeader> | null
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  const isRecord = (given: unknown): given is Record<string, unknown> => typeof given === 'object' && given !== null
  const isAdapter = (given: unknown) =>
    isRecord(given) && typeof given.name === 'string' && typeof given.fingerprint === 'string' && isNumber(given.scale)
  const isWhole =
    isRecord(value) &&
    isRecord(value.identity) &&
    Object.values(value.identity).every((entry) => typeof entry === 'string') &&
    (value.projector === undefined || typeof value.projector === 'string') &&
    (value.scope === undefined || typeof value.scope === 'string') &&
    (value.nPlain === undefined || Number.isSafeInteger(value.nPlain)) &&
    Array.isArray(value.adapters) &&
    value.adapters.every(isAdapter) &&
    [value.nGrouped, value.lastPos].every(Number.isSafeInteger)
  return isWhole ? (value as SavedHeader) : undefined
}

function isNumber(given: unknown): given is number {
  return typeof given === 'number' && Number.isFinite(given)
}

/** The first `n` bytes. */
async function read(file: FileHandle, n: number): Promise<Buffer> {
  const bytes = Buffer.alloc(n)
  await readAll(file, bytes, 0, 0)
  return bytes
}

/**
 * Fills `target` from a place in the file.
 * @returns the checksum of its first `nChecked` bytes.
 * @throws when the file ends before.
 */
async function readAll(file: FileHandle, target: Buffer, position: number, nChecked: number): Promise<number> {
  let crc = 0
  for (let start = 0; start < target.length; ) {
    const length = Math.min(blockBytes, target.length - start)
    const { bytesRead } = await file.read(target, start, length, position + start)
    if (bytesRead === 0) throw new Error('it became shorter while it was read')
    crc = crc32(target.subarray(start, Math.max(start, Math.min(start + bytesRead, nChecked))), crc)
    start += bytesRead
  }
  return crc
}

/** Writes the head, the state and its checksum. @returns the number of bytes written. */
async function writeAll(file: FileHandle, head: Uint8Array, state: Uint8Array): Promise<number> {
  let crc = 0
  let start = 0
  let before = [head]
  let nBytes = 0
  do {
    const block = state.subarray(start, start + blockBytes)
    crc = crc32(block, crc)
    start += block.length
    const { bytesWritten } = await file.writev([...before, block, ...(start === state.length ? [checksum(crc)] : [])])
    nBytes += bytesWritten
    before = []
  } while (start < state.length)
  const whole = head.length + state.length + 4
  if (nBytes !== whole) throw new Error(`only ${nBytes} of ${whole} bytes could be written`)
  return nBytes
}

function checksum(crc: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(crc)
  return bytes
}
