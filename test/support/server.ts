// A real Cria for a test: the built program in its own process, on a free port, stopped when the
// test file ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export type TestServer = {
  readonly url: string
  readonly child: ChildProcess
  /** Everything that it printed on stderr so far. */
  readonly output: () => string
  readonly stop: () => Promise<number | null>
}

/** @param flags without --port. @throws when it ends before it listens. */
export async function startServer(...flags: readonly string[]): Promise<TestServer> {
  const child = spawn(process.execPath, [program, '--port', '0', '-t', '1', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout!.on('data', (chunk) => {
    output += chunk
  })
  child.stderr!.on('data', (chunk) => {
    output += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  after(stop)
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /listening at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stderr!.on('data', look)
    ended.then((code) => reject(new Error(`cria ended with ${code}: ${output}`)))
    setTimeout(() => reject(new Error(`cria did not listen within two minutes: ${output}`)), 120_000).unref()
  })
  return { url, child, output: () => output, stop }
}

/** Runs the program to its end, for flags with which it must not serve. */
export async function runProgram(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...flags], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  // its output is complete then
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests, not typed
export type Json = any

/** Sends JSON and reads JSON. */
export async function post(url: string, path: string, body: unknown): Promise<{ status: number; json: Json }> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, json: await response.json() }
}

export async function get(url: string, path: string): Promise<{ status: number; json: Json }> {
  const response = await fetch(url + path)
  return { status: response.status, json: await response.json() }
}

/** Sends JSON with `stream: true`; the data of all events, `[DONE]` as that string. */
export async function stream(url: string, path: string, body: object, signal?: AbortSignal): Promise<Json[]> {
  const events: Json[] = []
  for await (const event of streamEvents(url, path, body, signal)) events.push(event)
  return events
}

export async function* streamEvents(
  url: string,
  path: string,
  body: object,
  signal?: AbortSignal,
): AsyncGenerator<Json> {
  const response = await fetch(url + path, {
    method: 'POST',
    body: JSON.stringify({ ...body, stream: true }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (response.status !== 200) throw new Error(`${path} ${response.status}: ${await response.text()}`)
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body!) {
    rest += decoder.decode(chunk, { stream: true })
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const lines = rest.slice(0, end).split('\n')
      rest = rest.slice(end + 2)
      const line = lines.find((text) => text.startsWith('data: '))
      if (line === undefined) continue
      const data = line.slice(6)
      yield data === '[DONE]' ? data : JSON.parse(data)
    }
  }
}
