// HTTP for the measurements: plain node:http, which costs the measured machine less than fetch.
import { Agent, type IncomingMessage, request } from 'node:http'

const keepingAlive = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

export type SendOptions = {
  readonly signal?: AbortSignal
  /**
   * Reuse a connection; default false. Only for short requests: llama-server closes the connection
   * after a stream without announcing it, and an idle connection holds one of its few threads.
   */
  readonly keepAlive?: boolean
}

/**
 * GET, or POST when there is a body.
 * @returns the response once its head has arrived; its body is UTF-8 text still to be read.
 */
export function send(
  url: string,
  body?: unknown,
  { signal, keepAlive = false }: SendOptions = {},
): Promise<IncomingMessage> {
  const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = data === undefined ? {} : { 'content-type': 'application/json', 'content-length': data.length }
  const method = data === undefined ? 'GET' : 'POST'
  const agent = keepAlive ? keepingAlive : false
  const options = { method, headers, agent, ...(signal === undefined ? {} : { signal }) }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      response.setEncoding('utf8')
      resolve(response)
    })
    outgoing.on('error', reject)
    outgoing.end(data)
  })
}

/** @throws Error when the status is not 200. */
export async function sendForJson(url: string, body?: unknown, options?: SendOptions): Promise<unknown> {
  return JSON.parse(await readAll(await checked(await send(url, body, options), url)))
}

export async function* sendForEvents(url: string, body: unknown, options?: SendOptions): AsyncGenerator<unknown> {
  const response = await checked(await send(url, body, options), url)
  let buffered = ''
  for await (const chunk of response) {
    const events = (buffered + chunk).split(/\r?\n\r?\n/)
    buffered = events.pop()!
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1]
      if (data !== undefined && data !== '[DONE]') yield JSON.parse(data)
      else if (event.startsWith('error:')) throw new Error(`${url} broke off: ${event.slice(0, 300)}`)
    }
  }
}

export async function readAll(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

async function checked(response: IncomingMessage, url: string): Promise<IncomingMessage> {
  if (response.statusCode === 200) return response
  throw new Error(`${url} answered ${response.statusCode}: ${(await readAll(response)).slice(0, 300)}`)
}
