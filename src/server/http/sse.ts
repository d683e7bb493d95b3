// Server-sent events on a raw response. A reader that does not read is waited for, up to a limit.
import type { ServerResponse } from 'node:http'
import { DONE } from './handler.ts'

export type SseOptions = {
  readonly headers: Readonly<Record<string, string>>
  /** How long a full pipe may stay full until the connection is given up. */
  readonly timeoutMs: number
}

/**
 * Writes events until they end. Headers leave with the first one.
 * @param events JSON values, or DONE.
 * @param errorEvent turns what the iterable throws into a last event.
 */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<unknown>,
  errorEvent: (error: unknown) => unknown,
  options: SseOptions,
): Promise<void> {
  response.writeHead(200, {
    ...options.headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no', // proxies pass each event on at once
  })
  try {
    for await (const event of events) await write(response, event, options.timeoutMs)
  } catch (error) {
    await write(response, errorEvent(error), options.timeoutMs)
  }
  response.setTimeout(options.timeoutMs, () => response.destroy()) // for the rest, which nobody may read either
  response.end()
}

async function write(response: ServerResponse, event: unknown, timeoutMs: number): Promise<void> {
  if (response.destroyed) return
  const data = event === DONE ? '[DONE]' : JSON.stringify(event)
  if (response.write(`data: ${data}\n\n`)) return
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
