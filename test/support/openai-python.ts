// OpenAI's Python library for tests, in a virtual environment of its own that is made once.
import { execFile } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const version = '3.54.0'
const cache = fileURLToPath(new URL('../../.cache', import.meta.url))
const venv = join(cache, 'venv-openai')

/** The Python that has the library, or the reason why there is none on this machine. */
export type OpenaiPython = { readonly python: string } | { readonly missing: string }

/** @throws when pip exists but cannot install the library. */
export async function openaiPython(): Promise<OpenaiPython> {
  if (await hasLibrary(venv)) return { python: pythonOf(venv) }
  const missing = await missingTool()
  if (missing !== undefined) return { missing }
  await mkdir(cache, { recursive: true })
  const fresh = `${venv}-${process.pid}`
  try {
    await run('python3', ['-m', 'venv', fresh])
    await run(pythonOf(fresh), ['-m', 'pip', 'install', '--quiet', `openai==${version}`])
    await rm(venv, { recursive: true, force: true })
    await rename(fresh, venv)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return { python: pythonOf(venv) }
}

function pythonOf(dir: string): string {
  return process.platform === 'win32' ? join(dir, 'Scripts', 'python.exe') : join(dir, 'bin', 'python')
}

async function hasLibrary(dir: string): Promise<boolean> {
  const script = 'import importlib.metadata; print(importlib.metadata.version("openai"))'
  return run(pythonOf(dir), ['-c', script]).then(
    ({ stdout }) => stdout.trim() === version,
    () => false,
  )
}

async function missingTool(): Promise<string | undefined> {
  const works = (...args: string[]) =>
    run('python3', args).then(
      () => true,
      () => false,
    )
  if (!(await works('--version'))) return 'python3 is missing'
  if (!(await works('-m', 'pip', '--version'))) return 'pip is missing'
  return (await works('-c', 'import venv, ensurepip')) ? undefined : "Python's venv is missing"
}
