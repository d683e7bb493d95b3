// A fingerprint of a file of weights, made without reading gigabytes.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const nBlocks = 64
const blockBytes = 64 * 1024

/**
 * SHA-256 over the size and over blocks that are spread evenly, the beginning and the end among
 * them; the whole of a small file. Of a model that is split into several files, over all of them.
 * Two quantizations or two trainings of a model differ in nearly every number, so in these blocks
 * as well.
 */
export async function fingerprintOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for (const part of partsOf(path)) {
    const file = await open(part, 'r')
    try {
      const { size } = await file.stat()
      hash.update(`${size} `)
      const block = Buffer.alloc(blockBytes)
      const stride = Math.max(blockBytes, Math.floor((size - blockBytes) / (nBlocks - 1)))
      for (let i = 0; i < nBlocks; i++) {
        const { bytesRead } = await file.read(block, 0, blockBytes, i * stride)
        if (bytesRead === 0) break
        hash.update(block.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }
  return hash.digest('hex').slice(0, 32)
}

/** The files of NAME-00001-of-00003.gguf; otherwise the file alone. */
function partsOf(path: string): string[] {
  const [, name, count] = /^(.*-)\d{5}-of-(\d{5})\.gguf$/.exec(basename(path)) ?? []
  if (name === undefined || count === undefined) return [path]
  return Array.from({ length: Number(count) }, (_, i) =>
    join(dirname(path), `${name}${String(i + 1).padStart(5, '0')}-of-${count}.gguf`),
  )
}
