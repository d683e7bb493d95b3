// The file of a saved slot: what it holds, and the state that libllama keeps of it. Knows neither models nor slots.
//
//   "CRIASLOT" · version · nHeaderBytes · nTokens · crc of header and tokens · nStateBytes   (32 bytes, little-endian)
//   header (JSON) · tokens (int32 each) · state · crc of the state
//
// libllama trusts the state that it is given, so all of it is checked here first. The checksums find damage; a forger who may
// write into the folder can also compute them.
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { badField, messageOf, RequestError } from '../../base/errors.ts'
import { isAlive } from '../../base/process-alive.ts'

/** What a slot is, apart from its state. */
export type SavedHeader = {
  /** What it was computed with: each entry must be the same where it is restored. */
  readonly identity: Readonly<Record<string, string>>
  /** The projector of its pictures; undefined when it holds none. */
  readonly projector: string | undefined
  /** LoRA adapters that were applied, with a scale other than 0. */
  readonly adapters: readonly { readonly name: string; readonly fingerprint: string; readonly scale: number }[]
  /** Windows that self-extend has grouped. */
  readonly nGrouped: number
  /** Of its cells in the cache; -1 without any. */
  readonly lastPos: number
}

/** Token ids; those of pictures are negative, see docs/decisions/images.md. */
export type SavedSlot = { readonly header: SavedHeader; readonly tokens: readonly number[]; readonly state: Uint8Array }

const magic = 'CRIASLOT'
const version = 1
const nPreludeBytes = 32
/** Far more than any header needs. */
const mostHeaderBytes = 2 ** 20
/** What is read, checked or written between two turns of the event loop: the steps of running requests come between. */
const pieceBytes = 16 * 2 ** 20

let nWrites = 0

/**
 * Writes to another name first: under `path` there is always a whole file, the old one or the new one.
 * @returns the size of the file.
 * @throws RequestError (500) with the reason of the operating system.
 */
export async function writeSlotFile(path: string, { header, tokens, state }: SavedSlot): Promise<number> {
  const partial = join(dirname(path), `${partialPrefix()}${process.pid}.${nWrites++}`)
  try {
    const file = await open(partial, 'wx')
    try {
      const head = packHead(header, tokens, state.length)
      await writeAll(file, head)
      const crc = await writeAll(file, state)
      const trailer = Buffer.alloc(4)
      trailer.writeUInt32LE(crc)
      await writeAll(file, trailer)
      await file.sync()
      await file.close()
      await rename(partial, path)
      return head.length + state.length + trailer.length
    } catch (error) {
      await file.close().catch(() => {})
      await rm(partial, { force: true })
      throw error
    }
  } catch (error) {
    throw new RequestError('server', `Cannot save the slot as "${basename(path)}": ${messageOf(error)}`)
  }
}

/** Files that are being written are named by the process that writes. */
function partialPrefix(): string {
  return `.cria-saving.${hostname()}.`
}

/** Removes what processes that are no longer there did not finish. To be called before this one writes. */
export async function removeStalePartials(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(partialPrefix())) continue
    const pid = Number(name.slice(partialPrefix().length).split('.')[0])
    if (!isAlive(pid)) await rm(join(folder, name), { force: true })
  }
}

/**
 * Reads a file that `writeSlotFile` wrote.
 * @param check is told header and tokens before the state is read; throws when they are of no use here.
 * @throws RequestError (400) that says what is wrong with the file.
 */
export async function readSlotFile(
  path: string,
  check: (header: SavedHeader, tokens: readonly number[]) => void,
): Promise<SavedSlot & { readonly nBytes: number }> {
  const refuse = (why: string) => badField('filename', basename(path), why)
  let file: FileHandle | undefined
  try {
    if (!(await stat(path)).isFile()) throw refuse('is not a file') // opening a pipe would wait for ever
    file = await open(path, 'r')
    const { size } = await file.stat()
    const prelude = readPrelude(await read(file, Math.min(nPreludeBytes, size)), refuse)
    const { nHeaderBytes, nTokens, nStateBytes } = prelude
    const nBytes = nPreludeBytes + nHeaderBytes + 4 * nTokens + nStateBytes + 4
    if (size < nBytes) throw refuse(`is cut off: it has ${size} of ${nBytes} bytes`)
    if (size > nBytes) throw refuse(`is damaged: it has ${size} bytes, not ${nBytes}`)
    const headerBytes = await read(file, nHeaderBytes)
    const tokenBytes = await read(file, 4 * nTokens)
    if (crc32(tokenBytes, crc32(headerBytes)) !== prelude.crc) throw refuse('is damaged: its checksum is another one')
    const header = parseHeader(headerBytes)
    if (header === undefined) throw refuse('is no saved slot of this version of Cria')
    const tokens = Array.from({ length: nTokens }, (_, i) => tokenBytes.readInt32LE(4 * i))
    check(header, tokens)
    const state = Buffer.allocUnsafeSlow(nStateBytes)
    const crc = await readAll(file, state)
    if ((await read(file, 4)).readUInt32LE() !== crc) throw refuse('is damaged: its checksum is another one')
    return { header, tokens, state, nBytes }
  } catch (error) {
    if (error instanceof RequestError) throw error
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw refuse(isMissing ? 'is not there: no slot was saved under this name' : `cannot be read: ${messageOf(error)}`)
  } finally {
    await file?.close()
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
    throw refuse('is no saved slot of Cria')
  }
  const found = prelude.readUInt32LE(8)
  if (found !== version) throw refuse(`is a saved slot of version ${found}, and this Cria reads version ${version}`)
  const nHeaderBytes = prelude.readUInt32LE(12)
  if (nHeaderBytes > mostHeaderBytes) throw refuse(`is damaged: it claims a header of ${nHeaderBytes} bytes`)
  return {
    nHeaderBytes,
    nTokens: prelude.readUInt32LE(16),
    crc: prelude.readUInt32LE(20),
    nStateBytes: Number(prelude.readBigUInt64LE(24)),
  }
}

/** @returns undefined for what `packHead` does not write. */
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
    Array.isArray(value.adapters) &&
    value.adapters.every(isAdapter) &&
    [value.nGrouped, value.lastPos].every(Number.isSafeInteger)
  return isWhole ? (value as SavedHeader) : undefined
}

function isNumber(given: unknown): given is number {
  return typeof given === 'number' && Number.isFinite(given)
}

/** Reads exactly `n` bytes. */
async function read(file: FileHandle, n: number): Promise<Buffer> {
  const bytes = Buffer.alloc(n)
  await readAll(file, bytes)
  return bytes
}

/** @returns the checksum of what was read. @throws when the file ends before. */
async function readAll(file: FileHandle, target: Buffer): Promise<number> {
  let crc = 0
  for (let start = 0; start < target.length; ) {
    const length = Math.min(pieceBytes, target.length - start)
    const { bytesRead } = await file.read(target, start, length)
    if (bytesRead === 0) throw new Error('it became shorter meanwhile')
    crc = crc32(target.subarray(start, start + bytesRead), crc)
    start += bytesRead
  }
  return crc
}

/** @returns the checksum of what was written. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<number> {
  let crc = 0
  for (let start = 0; start < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, start, Math.min(pieceBytes, bytes.length - start))
    crc = crc32(bytes.subarray(start, start + bytesWritten), crc)
    start += bytesWritten
  }
  return crc
}
