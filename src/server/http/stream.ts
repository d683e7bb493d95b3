// Streams on a raw response, as server-sent events or lines of JSON. A reader that does not read is waited for, up to a limit.
import type { ServerResponse } from 'node:http'
import { toRequestError } from './errors.ts'
import type { Answer, ErrorStyle, Framing, WireEvent } from './handler.ts'

export type StreamOptions = {
  readonly headers: Readonly<Record<string, string>>
  readonly errors: ErrorStyle
  /** How long a full pipe may stay full until the connection is given up. */
  readonly timeoutMs: number
  /** It has been silent for as long as a stream may be. */
  readonly isSilent?: boolean
}

const contentTypes: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream; charset=utf-8',
  ndjson: 'application/x-ndjson',
}

/** Writes events until they end; what they throw becomes a last event. Headers leave with the first one. */
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
  response.setTimeout(timeoutMs, () => response.destroy()) // for the rest, which may not be read either
  response.end()
}

/**
 * Waits for an answer, but not for longer than a stream may be silent.
 * @param ms undefined or 0: as long as it takes.
 * @returns whether it is still awaited.
 * @throws what the answer throws within that time.
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

/** A comment, which readers pass over: clients and proxies give up on a connection without a byte. */
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
