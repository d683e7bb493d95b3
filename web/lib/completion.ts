// The client that pages import from /completion.js: asks the server to continue a prompt, as a generator, a promise or events.
// It imports nothing and stores nothing; it runs in a browser and in Node.js.

/** Fields of POST /completion. Those not given take the defaults below, then the server's. */
export type CompletionParams = {
  n_predict?: number
  temperature?: number
  stop?: string[]
  stream?: boolean
  /** Sent as `Authorization: Bearer`, and no part of the request's body. */
  api_key?: string
  [field: string]: unknown
}

export type CompletionConfig = {
  /** Aborting it ends the request, and the server stops generating. */
  controller?: AbortController
  /** Where the server is, when the page comes from elsewhere: `http://127.0.0.1:8080`. */
  url_prefix?: string
  /** Another route with the same answers, as /infill. */
  endpoint?: string
}

/** An event of the server: a piece of text; the last one, with `stop: true`, has everything else as well. */
export type CompletionData = {
  content: string
  stop: boolean
  generation_settings?: Record<string, unknown>
  timings?: Record<string, number>
  [field: string]: unknown
}

export type CompletionChunk = { data: CompletionData }

/** The server refused the request, or ended its answer with an error. */
export class CompletionError extends Error {
  override readonly name = 'CompletionError'
  /** The HTTP status; 0 when the answer had begun. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const defaults: CompletionParams = { stream: true, n_predict: 500, temperature: 0.2, stop: ['</s>'] }

/**
 * Yields the events of the server as they come, and returns the whole text. A reader that leaves early ends the request.
 *
 *     for await (const chunk of llama('Tell me a joke', { n_predict: 200 })) document.write(chunk.data.content)
 *
 * @throws CompletionError; an AbortError when the controller was aborted.
 */
export async function* llama(
  prompt: unknown,
  params: CompletionParams = {},
  config: CompletionConfig = {},
): AsyncGenerator<CompletionChunk, string, undefined> {
  const { api_key: apiKey, ...fields } = params
  const response = await fetch(urlOf(config, config.endpoint ?? '/completion'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization(apiKey) },
    body: JSON.stringify({ ...defaults, ...fields, prompt }),
    ...(config.controller === undefined ? {} : { signal: config.controller.signal }),
  })
  await refuse(response)
  let content = ''
  let hasEnded = false
  for await (const data of eventsOf(response)) {
    content += data.content
    hasEnded = data.stop
    yield { data }
  }
  if (!hasEnded) throw new CompletionError('the answer broke off', 0)
  return content
}

/** The whole text. @throws as `llama` does. */
export async function llamaPromise(
  prompt: unknown,
  params: CompletionParams = {},
  config: CompletionConfig = {},
): Promise<string> {
  let content = ''
  for await (const { data } of llama(prompt, params, config)) content += data.content
  return content
}

/**
 * The same as events: `message` for each piece, `generation_settings` and `timings` when they come, `done` with the whole
 * text as `content`, `error` when it fails. What each is about is in its `detail`.
 */
export function llamaEventTarget(
  prompt: unknown,
  params: CompletionParams = {},
  config: CompletionConfig = {},
): EventTarget {
  const target = new EventTarget()
  const tell = (type: string, detail: unknown) => target.dispatchEvent(new CustomEvent(type, { detail }))
  const run = async () => {
    let content = ''
    for await (const { data } of llama(prompt, params, config)) {
      content += data.content
      tell('message', data)
      if (data.generation_settings) tell('generation_settings', data.generation_settings)
      if (data.timings) tell('timings', data.timings)
    }
    tell('done', { content })
  }
  run().catch((error: unknown) => tell('error', error))
  return target
}

/** @deprecated in favour of `llama`: the prompt is one of the parameters, and each chunk is handed to a function. */
export async function llamaComplete(
  params: CompletionParams & { prompt: unknown },
  controller: AbortController | undefined,
  callback: (chunk: CompletionChunk) => void,
): Promise<void> {
  const { prompt, ...rest } = params
  for await (const chunk of llama(prompt, rest, controller ? { controller } : {})) callback(chunk)
}

/** What a request gets that says nothing: context size, model and sampling. @throws CompletionError */
export async function llamaModelInfo(
  config: Pick<CompletionConfig, 'url_prefix'> & { api_key?: string } = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(urlOf(config, '/model.json'), { headers: authorization(config.api_key) })
  await refuse(response)
  return (await response.json()) as Record<string, unknown>
}

function urlOf(config: CompletionConfig, path: string): string {
  return (config.url_prefix ?? '').replace(/\/+$/, '') + path
}

function authorization(apiKey: string | undefined): Record<string, string> {
  return apiKey ? { authorization: `Bearer ${utf8Header(apiKey)}` } : {}
}

/** Headers are bytes, and fetch() takes each character for one: a key outside ASCII goes as UTF-8. */
function utf8Header(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** @throws CompletionError unless the answer is a good one. */
async function refuse(response: Response): Promise<void> {
  if (response.ok) return
  const text = await response.text()
  let message = `HTTP ${response.status}: ${text.slice(0, 200)}`
  try {
    message = (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    // something between us and the server answered, and not in JSON
  }
  throw new CompletionError(message, response.status)
}

/** The events of a stream; the answer itself, or each of several, when it is none. */
async function* eventsOf(response: Response): AsyncGenerator<CompletionData> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const answer = (await response.json()) as CompletionData | CompletionData[]
    yield* Array.isArray(answer) ? answer : [answer]
    return
  }
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      rest += decoder.decode(read.value, { stream: true })
      const blocks = rest.split(/\r?\n\r?\n/)
      rest = blocks.pop()!
      for (const block of blocks) if (block.startsWith('data:')) yield readEvent(block)
    }
  } finally {
    reader.cancel().catch(() => {}) // the server need not go on when nobody reads
  }
}

function readEvent(block: string): CompletionData {
  const data = JSON.parse(block.slice('data:'.length)) as CompletionData & { error?: { message: string } }
  if (data.error) throw new CompletionError(data.error.message, 0)
  return data
}
