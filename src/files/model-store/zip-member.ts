/**
 * Unpacks one member of a zip file, such as a wheel, by streaming. Stored and deflated members; no
 * zip64, no encryption. Checks no CRC: the caller knows the sha256. Source: APPNOTE.TXT 6.3
 * (PKWARE), sections 4.3.7, 4.3.12, 4.3.16.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { asCacheFolderError } from './cache-folder-error.ts'

interface Member {
  readonly name: string
  readonly method: number
  readonly packedBytes: number
  /** Offset of its local header. */
  readonly headerStart: number
}

/**
 * Unpacks the member with the name `suffix`, else the only member whose name ends so, to `target`,
 * which is overwritten.
 * @throws Error when the file is not a complete zip or does not have exactly one such member;
 *   CacheFolderError when the disk refuses.
 */
export async function unpackMember(
  zipPath: string,
  suffix: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const zip = await open(zipPath, 'r')
  try {
    const members = await listMembers(zip, zipPath)
    const named = members.filter(({ name }) => name === suffix)
    const found = named.length > 0 ? named : members.filter(({ name }) => name.endsWith(suffix))
    const member = found[0]
    if (member === undefined || found.length > 1) {
      throw new Error(`${zipPath} has ${found.length} members that end with ${suffix}, not one`)
    }
    const start = await dataStart(zip, member)
    const unpacker = member.method === 8 ? createInflateRaw() : new PassThrough()
    if (member.method !== 8 && member.method !== 0) {
      throw new Error(`${zipPath} uses an unsupported compression method (${member.method})`)
    }
    const packed = createReadStream(zipPath, { start, end: start + member.packedBytes - 1 })
    await pipeline(packed, unpacker, createWriteStream(target), { ...(signal === undefined ? {} : { signal }) })
  } catch (error) {
    throw asCacheFolderError(target, error)
  } finally {
    await zip.close()
  }
}

async function listMembers(zip: FileHandle, zipPath: string): Promise<Member[]> {
  const { size } = await zip.stat()
  const tail = await readAt(zip, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0 || end + 22 > tail.length) throw new Error(`${zipPath} is not a whole zip file`)
  const nMembers = tail.readUInt16LE(end + 10)
  const directory = await readAt(zip, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const members: Member[] = []
  for (let at = 0; members.length < nMembers && at + 46 <= directory.length; ) {
    const nameBytes = directory.readUInt16LE(at + 28)
    members.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      headerStart: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return members
}

async function dataStart(zip: FileHandle, { headerStart }: Member): Promise<number> {
  const header = await readAt(zip, headerStart, 30)
  return headerStart + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
}

async function readAt(zip: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await zip.read(buffer, 0, length, position)
  if (bytesRead < length) throw new Error('the zip file ends too early')
  return buffer
}
