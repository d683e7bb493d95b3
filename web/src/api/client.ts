// Requests to the server that this page came from: JSON, and server-sent events. Knows no route.
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { ApiError, errorOf, isAbort, toApiError } from './errors.ts'

const keyName = 'cria.apiKey'

export function storedKey(): string {
  return localStorage.getItem(keyName) ?? ''
}

/** Kept in this browser only. */
export function storeKey(key: string): void {
  if (key === '') localStorage.removeItem(keyName)
  else localStorage.setItem(keyName, key)
}

/** Headers are bytes, and fetch() takes each character for one: a key outside ASCII goes as UTF-8. */
function utf8Header(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

/** @param path without a leading slash: the page may be behind a prefix. @throws ApiError, or the AbortError of the signal. */
async function send(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const key = storedKey()
  const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${utf8Header(key)}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init: RequestInit = { method: body === undefined ? 'GET' : 'POST', headers, cache: 'no-store' }
  if (body !== undefined) init.body = JSON.stringify(body)
  if (signal !== undefined) init.signal = signal
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    throw isAbort(error) ? error : toApiError(error)
  }
  if (response.ok) return response
  throw errorOf(response.status, await response.json().catch(() => null))
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, undefined, signal)).json()
}

export async function getText(path: string): Promise<string> {
  return (await send(path, undefined)).text()
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send(path, body, signal)).json()
}

/**
 * The JSON of each event, until the server ends the stream.
 * @throws ApiError, also for an event that tells an error; the AbortError of the signal.
 */
export async function* postStream<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send(path, body, signal)
  if (response.body === null) throw new ApiError('gone', 'The answer has no body')
  const decoder = new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>
  const reader = response.body.pipeThrough(decoder).pipeThrough(new EventSourceParserStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || value.data === '[DONE]') return
      const json = JSON.parse(value.data)
      if (json.error !== undefined) throw errorOf(500, json)
      yield json
    }
  } catch (error) {
    throw isAbort(error) ? error : toApiError(error)
  } finally {
    reader.cancel().catch(() => {})
  }
}
