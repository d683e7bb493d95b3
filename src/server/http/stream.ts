// Streams on a raw response, as server-sent events or lines of JSON. Waits for a reader that does
// not read, up to a limit.
import type { ServerResponse } from 'node:http'
import { toRequestError } from './errors.ts'
import type { Answer, ErrorStyle, Framing, WireEvent } from './handler.ts'

export type StreamOptions = {
  readonly headers: Readonly<Record<string, string>>
  readonly errors: ErrorStyle
  /** The time for which a full pipe may stay full before the connection is closed. */
  readonly timeoutMs: number
  /** The stream has reached the maximum time of silence. */
  readonly isSilent?: boolean
}

const contentTypes: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream; charset=utf-8',
  ndjson: 'application/x-ndjson',
}

/**
 * Writes events until they end; an error of theirs becomes a last event. Headers are sent with the
 * first one.
 */
export async function sendStream(
  response: ServerResponse,
  { framing, events, pingMs }: Extract<Answer, { kind: 'stream' }>,
  { headers, errors, timeoutMs, isSilent = false }: StreamOptions,
): Promise<void> {
  response.writeHead(200, {
    ...headers,
    'content-type': contentTypes[framing],
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no', // proxies pass each event on at once
  })
  const pings = framing === 'sse' && pingMs ? setInterval(() => ping(response), pingMs) : undefined
  if (isSilent) ping(response)
  try {
    for await (const event of events) {
      pings?.refresh()
      await write(response, framed(event, framing), timeoutMs)
    }
  } catch (error) {
    await write(response, framed(errors.event(toRequestError(error)), framing), timeoutMs)
  } finally {
    clearInterval(pings)
  }
  // for the remainder, which may stay unread as well
  response.setTimeout(timeoutMs, () => response.destroy())
  response.end()
}

/**
 * Waits for an answer, but no longer than a stream may be silent.
 * @param ms undefined or 0: without a limit.
 * @returns whether it is still pending.
 * @throws the answer's error within that time.
 */
export async function silentFor(answer: Promise<unknown>, ms: number | undefined): Promise<boolean> {
  if (!ms) {
    await answer
    return false
  }
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, true)
  })
  try {
    return await Promise.race([answer.then(() => false), silence])
  } finally {
    clearTimeout(timer)
  }
}

/** A comment, which readers skip: clients and proxies give up on a silent connection. */
function ping(response: ServerResponse): void {
  if (!response.destroyed && !response.writableNeedDrain) response.write(': ping\n\n')
}

function framed({ data, event, id }: WireEvent, framing: Framing): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  if (framing === 'ndjson') return `${text}\n`
  const name = event === undefined ? '' : `event: ${event}\n`
  return `${id === undefined ? '' : `id: ${id}\n`}${name}data: ${text}\n\n`
}

async function write(response: ServerResponse, text: string, timeoutMs: number): Promise<void> {
  if (response.destroyed || response.write(text)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    const timer = setTimeout(() => response.destroy(), timeoutMs)
    response.on('drain', done)
    response.on('close', done)
  })
}
