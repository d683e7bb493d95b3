// The client that pages import from /completion.js: asks the server to complete a prompt, as a generator, a promise or events.

/** Fields of POST /completion; those not named take the defaults below, then the server's. */
export type CompletionParams = {
  n_predict?: number
  temperature?: number
  stop?: string[]
  stream?: boolean
  slot_id?: number
  /** Sent as `Authorization: Bearer`; not part of the request's body. */
  api_key?: string
  [field: string]: unknown
}

export type CompletionConfig = {
  /** Aborting it ends the request; the server stops generating. */
  controller?: AbortController
  /** Where the server is, when the page comes from elsewhere. */
  url_prefix?: string
  /** The route, when it is not /completion. */
  endpoint?: string
}

/** One event of the server: a piece of text, and at the end everything else. */
export type CompletionData = {
  content: string
  stop: boolean
  generation_settings?: Record<string, unknown>
  timings?: Record<string, number>
  [field: string]: unknown
}

export type CompletionChunk = { data: CompletionData }

export class CompletionError extends Error {
  override readonly name = 'CompletionError'
  /** The HTTP status, 0 when the stream itself said what went wrong. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const defaults: CompletionParams = { stream: true, n_predict: 500, temperature: 0.2, stop: ['</s>'] }

/** The settings that the server told last; `llamaModelInfo` asks for them when there are none. */
let generationSettings: Record<string, unknown> | undefined

/**
 * Yields the server's events as they come, the last one with `stop: true`, and returns the whole text.
 *
 *     for await (const chunk of llama('Tell me a joke', { n_predict: 200 })) document.write(chunk.data.content)
 *
 * @throws CompletionError when the server refuses the request or ends it with an error.
 */
export async function* llama(
  prompt: unknown,
  params: CompletionParams = {},
  config: CompletionConfig = {},
): AsyncGenerator<CompletionChunk, string, undefined> {
  const { api_key: apiKey, ...fields } = params
  const controller = config.controller ?? new AbortController()
  const response = await fetch(`${config.url_prefix ?? ''}${config.endpoint ?? '/completion'}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
    },
    body: JSON.stringify({ ...defaults, ...fields, prompt }),
    signal: controller.signal,
  })
  if (!response.ok) throw new CompletionError(await errorText(response), response.status)

  let content = ''
  let isDone = false
  try {
    for await (const data of eventsOf(response)) {
      content += data.content
      if (data.generation_settings) generationSettings = data.generation_settings
      isDone = data.stop === true
      yield { data }
    }
  } finally {
    if (!isDone) controller.abort() // the reader left early: the server need not go on
  }
  return content
}

/** The whole text. @throws CompletionError as `llama` does. */
export async function llamaPromise(
  prompt: unknown,
  params: CompletionParams = {},
  config: CompletionConfig = {},
): Promise<string> {
  let content = ''
  for await (const chunk of llama(prompt, params, config)) content += chunk.data.content
  return content
}

/**
 * The events of a completion on an EventTarget: `message` for each piece, `generation_settings` and `timings` when they come,
 * `done` with the whole text, `error` when it fails. `detail` holds the data.
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

/** @deprecated use `llama`. */
export async function llamaComplete(
  params: CompletionParams & { prompt: unknown },
  controller: AbortController | undefined,
  callback: (chunk: CompletionChunk) => void,
): Promise<void> {
  const { prompt, ...rest } = params
  for await (const chunk of llama(prompt, rest, controller ? { controller } : {})) callback(chunk)
}

/** The default settings of the server: context size, model and sampling. */
export async function llamaModelInfo(config: CompletionConfig & { api_key?: string } = {}): Promise<object> {
  if (generationSettings === undefined) {
    const headers: Record<string, string> = config.api_key ? { authorization: `Bearer ${config.api_key}` } : {}
    const response = await fetch(`${config.url_prefix ?? ''}/model.json`, { headers })
    if (!response.ok) throw new CompletionError(await errorText(response), response.status)
    generationSettings = (await response.json()) as Record<string, unknown>
  }
  return generationSettings
}

/** The JSON of an answer: its events when it is a stream, else the one object. */
async function* eventsOf(response: Response): AsyncGenerator<CompletionData> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    yield (await response.json()) as CompletionData
    return
  }
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    rest += value
    const blocks = rest.split(/\r?\n\r?\n/)
    rest = blocks.pop()!
    for (const block of blocks) {
      const line = block.split(/\r?\n/).find((candidate) => candidate.startsWith('data:'))
      if (line === undefined) continue
      const data = JSON.parse(line.slice(5)) as CompletionData & { error?: { message?: string } }
      if (data.error) throw new CompletionError(data.error.message ?? 'the server ended the stream', 0)
      yield data
    }
  }
}

async function errorText(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    return `HTTP ${response.status}: ${text.slice(0, 200)}`
  }
}
