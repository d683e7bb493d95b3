// A server that serves the built page and answers each API request with a test's script. No engine.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../dist/public', import.meta.url))
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}
/**
 * The policies that the real server sends with the pages; test/contract/api/static-files.test.ts
 * checks them.
 */
const policies: Readonly<Record<string, string>> = {
  '/diagram.html':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  '/preview.html':
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}
const pagePolicy =
  "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// biome-ignore lint/suspicious/noExplicitAny: bodies of requests are looked into by tests, not typed
export type Body = any

/** The answer to a request of the API: JSON, a status and JSON, or events one after the other. */
export type Script = (
  body: Body,
  request: IncomingMessage,
) => AsyncIterable<unknown> | { status?: number; json: unknown }

export type ScriptedServer = {
  readonly url: string
  /** By path; more may be set while it runs. */
  readonly scripts: Map<string, Script>
  /** The bodies of chats so far. */
  readonly asked: Body[]
  readonly stop: () => void
}

const props = {
  model_alias: 'scripted-model',
  total_slots: 1,
  chat_template: '',
  bos_token: '',
  build_info: 'scripted',
  modalities: { vision: true },
  default_generation_settings: { n_ctx: 4096, params: { temperature: 0.8, top_k: 40 } },
}

/** Call it at the top level of a test file, and stop it in `after`. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const asked: Body[] = []
  const scripts = new Map<string, Script>([
    ['/health', () => ({ json: { status: 'ok' } })],
    ['/props', () => ({ json: props })],
    ['/v1/models', () => ({ json: { data: [{ id: 'scripted-model' }] } })],
  ])
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname
    const script = scripts.get(path)
    if (script === undefined) return serveFile(path, response)
    let text = ''
    for await (const chunk of request) text += chunk
    const body = text === '' ? undefined : JSON.parse(text)
    if (path === '/v1/chat/completions') asked.push(body)
    await answer(script(body, request), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, scripts, asked, stop }
}

async function answer(said: ReturnType<Script>, response: ServerResponse): Promise<void> {
  if ('json' in said) {
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said.json))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for await (const event of said) {
    if (response.destroyed) return
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
  }
  response.end()
}

async function serveFile(path: string, response: ServerResponse): Promise<void> {
  const file = join(folder, normalize(path === '/' ? '/index.html' : path))
  try {
    const data = await readFile(file)
    const type = types[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policies[path] ?? pagePolicy })
    response.end(data)
  } catch {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { code: 404, message: `There is no ${path}`, type: 'not_found_error' } }))
  }
}

export const timings = { cache_n: 2, prompt_n: 8, prompt_ms: 20, predicted_n: 4, predicted_ms: 100 }

/** The events of a chat that consists of these pieces. */
export async function* chat(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const content of pieces) {
    yield { choices: [{ index: 0, delta: { content }, finish_reason: null }] }
  }
  yield { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], timings }
  yield '[DONE]'
}

/** A chat whose tokens come with their probabilities, and another token. */
export async function* chatWithTokens(tokens: Iterable<string> | AsyncIterable<string>): AsyncGenerator<unknown> {
  const likely = (token: string, prob: number) => ({ token, bytes: [...Buffer.from(token)], logprob: Math.log(prob) })
  let n = 0
  for await (const token of tokens) {
    const prob = 0.95 - (n++ % 5) * 0.2
    const top = [likely(token, prob), likely(' other', 0.04)]
    const logprobs = { content: [{ ...likely(token, prob), top_logprobs: top }] }
    yield { choices: [{ index: 0, delta: { content: token }, logprobs, finish_reason: null }] }
  }
  yield* chat([])
}

/** A promise that a test settles to let the server continue. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
