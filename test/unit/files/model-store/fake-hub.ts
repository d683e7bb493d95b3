/** Plays the hub for @huggingface/hub over HTTP, and remembers what was asked and how many bytes it gave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
  /** Body bytes given; the probe's byte is not counted. */
  sentBytes: number
}

/** How a request for data (not the probe) is answered; default: the range asked for. */
export type DataAnswer = (response: ServerResponse, start: number, body: Buffer, seen: SeenRequest) => void

export interface FakeHubOptions {
  readonly payload: Buffer
  readonly etag?: string
  /** Taken in turn, one for each request for data; then the default. */
  readonly answers?: DataAnswer[]
  /** Answer every request with this status. */
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly hasRanges?: boolean
  /** Take the connection, answer nothing. */
  readonly isSilent?: boolean
}

export interface FakeHub {
  readonly url: string
  readonly requests: SeenRequest[]
  /** The requests for data, without the probes. */
  readonly downloads: SeenRequest[]
  close(): Promise<void>
}

export async function startFakeHub(options: FakeHubOptions): Promise<FakeHub> {
  const requests: SeenRequest[] = []
  const answers = [...(options.answers ?? [])]
  const server = createServer((request, response) => {
    const seen = note(request)
    requests.push(seen)
    if (options.isSilent) return
    if (options.status !== undefined) {
      response.writeHead(options.status, options.headers ?? {}).end('no')
      return
    }
    answer(response, seen, options, seen.range === 'bytes=0-0' ? undefined : answers.shift())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get downloads() {
      return requests.filter(({ range }) => range !== 'bytes=0-0')
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function note(request: IncomingMessage): SeenRequest {
  const { range, authorization } = request.headers
  return { method: request.method ?? '', path: request.url ?? '', range, authorization, sentBytes: 0 }
}

function answer(
  response: ServerResponse,
  seen: SeenRequest,
  { payload, etag, hasRanges = true, headers = {} }: FakeHubOptions,
  special: DataAnswer | undefined,
): void {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(seen.range ?? '')
  const start = hasRanges && asked ? Number(asked[1]) : 0
  const end = hasRanges && asked?.[2] ? Number(asked[2]) + 1 : payload.length
  const body = payload.subarray(start, end)
  response.setHeader('etag', etag ?? '"0123"')
  response.setHeader('content-length', body.length)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (hasRanges && asked) {
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${start}-${end - 1}/${payload.length}`)
  }
  if (special !== undefined) {
    special(response, start, body, seen)
    return
  }
  if (seen.range !== 'bytes=0-0') seen.sentBytes += body.length
  response.end(body)
}
