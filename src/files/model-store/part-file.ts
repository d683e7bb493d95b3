/** A download on its way into the cache: NAME.part until it is complete and verified, then NAME. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { onDisk } from './cache-folder-error.ts'

/** @returns the size of a regular file or of the target of a link; 0 when there is no such file. */
export async function fileSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/**
 * Checks a complete part and gives it its final name in one atomic step. A part of the wrong size
 * or hash is removed.
 * @param expected the hash in lowercase hex.
 * @throws Error naming both hashes or sizes; CacheFolderError when the disk refuses.
 */
export async function commitPart(
  partPath: string,
  path: string,
  expected: { readonly sizeBytes: number; readonly sha256: string },
): Promise<void> {
  const sizeBytes = await fileSize(partPath)
  if (sizeBytes !== expected.sizeBytes) {
    await rm(partPath, { force: true })
    throw new Error(`the file has ${sizeBytes} bytes, not the expected ${expected.sizeBytes}; it was removed`)
  }
  const sha256 = await sha256Of(partPath)
  if (sha256 !== expected.sha256) {
    await rm(partPath, { force: true })
    throw new Error(`the file has the wrong sha256 ${sha256}, not the expected ${expected.sha256}; it was removed`)
  }
  await onDisk(partPath, syncToDisk(partPath))
  await onDisk(path, rename(partPath, path))
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await onDisk(path, pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash))
  return hash.digest('hex')
}

/** The file is not hashed again after the rename, so the bytes must be on the disk before it. */
async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
