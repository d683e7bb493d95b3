// llama-server for the recording scripts, running on the libraries of the engine package in place
// of its own (Linux only): two builds of the same source differ in the last bits, and comparing
// tokens would then compare compilers, not servers.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { backendsDir, type EnginePackage, enginePackagesVersion, installedPackages } from '../src/llama/platform.ts'

/** Every sampling field that has a default in either server, so neither uses its own. */
export const baseRequest = {
  n_predict: 64,
  seed: 42,
  cache_prompt: false,
  return_tokens: true,
  temperature: 0,
  top_k: 40,
  top_p: 0.95,
  min_p: 0.05,
  typical_p: 1,
  top_n_sigma: -1,
  xtc_probability: 0,
  xtc_threshold: 0.1,
  dynatemp_range: 0,
  dynatemp_exponent: 1,
  repeat_penalty: 1,
  repeat_last_n: 64,
  presence_penalty: 0,
  frequency_penalty: 0,
  dry_multiplier: 0,
  mirostat: 0,
  mirostat_tau: 5,
  mirostat_eta: 0.1,
  min_keep: 0,
}

export class Peer {
  readonly url: string
  /** The engine package, its version, and the backend that runs. */
  readonly engine: string
  readonly #child: ChildProcess
  readonly #libraries: string

  private constructor(url: string, engine: string, child: ChildProcess, libraries: string) {
    this.url = url
    this.engine = engine
    this.#child = child
    this.#libraries = libraries
  }

  /**
   * @param program the path of llama-server. @param environment in addition to that of this
   *   process.
   */
  static async start(program: string, flags: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Peer> {
    const engine = installedPackages().at(-1) // the CPU package
    if (engine === undefined) throw new Error('no engine package is installed here')
    const libraries = await mkdtemp(join(tmpdir(), 'record-peer-'))
    await linkLibraries(engine, libraries)
    const { child, url } = await startPeer(resolve(program), flags, libraries, environment)
    const running = `@node-llama-cpp/${engine.name} ${enginePackagesVersion}, ${await loadedBackend(child)}`
    return new Peer(url, running, child, libraries)
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await rm(this.#libraries, { recursive: true })
  }
}

/**
 * Links the package's libraries under the names that llama-server expects, and its backends under
 * their own.
 */
async function linkLibraries(engine: EnginePackage, dir: string): Promise<void> {
  const from = backendsDir(engine)
  for (const name of await readdir(from)) {
    if (name.startsWith('lib')) await symlink(join(from, name), join(dir, name))
  }
  const { base, ggml, llama } = engine.files
  await symlink(base, join(dir, 'libggml-base.so.0'))
  await symlink(ggml, join(dir, 'libggml.so.0'))
  await symlink(llama, join(dir, 'libllama.so.0'))
}

/** @throws when the process does not run on the package's libraries. */
async function loadedBackend(child: ChildProcess): Promise<string> {
  const maps = await readFile(`/proc/${child.pid}/maps`, 'utf8')
  const path = /\S*@node-llama-cpp\S*(libggml-cpu-\S+)/.exec(maps)?.[0]
  if (path === undefined) throw new Error("llama-server did not load the engine package's libraries")
  return basename(path)
}

async function startPeer(
  program: string,
  flags: readonly string[],
  libraries: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(program, [...flags, '--host', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
    cwd: libraries, // the folder in which backends are looked up
    env: { ...process.env, ...environment, LD_LIBRARY_PATH: libraries },
  })
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    const isReady = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return { child, url }
    await sleep(100)
  }
  child.kill('SIGTERM')
  throw new Error(`${program} was not ready in 30 s`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

// biome-ignore lint/suspicious/noExplicitAny: another program's answers, checked by what is done with them
export async function call(url: string, path: string, body?: unknown): Promise<any> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url + path, { ...init, headers: { 'content-type': 'application/json' } })
  if (!response.ok) throw new Error(`${path} ${response.status}: ${await response.text()}`)
  return response.json()
}
