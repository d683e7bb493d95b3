// Malformed requests, and those that do not arrive in time, get the same JSON error as any other,
// on the bare socket.
import type { Socket } from 'node:net'
import { RequestError } from '../../base/errors.ts'
import { plainErrors } from './errors.ts'

/** Node's name for a failure of its HTTP parser → the error; other failures are not HTTP. */
const known: Readonly<Record<string, RequestError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new RequestError(
    'request_timeout',
    'The request did not arrive within the time that --timeout allows',
  ),
  HPE_HEADER_OVERFLOW: new RequestError(
    'headers_too_large',
    'The path and headers of the request have more than 16 KiB',
  ),
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers, if the socket can still be written, and closes it. */
export function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const refused = known[error.code ?? ''] ?? new RequestError('invalid_request', `This is not HTTP: ${error.message}`)
  const body = JSON.stringify(plainErrors.body(refused))
  const status = `HTTP/1.1 ${refused.status} ${reasons[refused.status]}`
  const head = [status, 'content-type: application/json; charset=utf-8', 'connection: close']
  socket.end([...head, `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'))
}
