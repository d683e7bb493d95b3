// Request bodies: JSON, whatever the content type says. curl -d and fetch without a header must
// work.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { messageOf, RequestError } from '../../base/errors.ts'
import { BodyBudget } from './body-budget.ts'
import { type BodyLimits, withBodyBytes } from './body-bytes.ts'
import { bodyText } from './body-text.ts'
import { checkJsonBounds } from './json-bounds.ts'

const json = 'application/json'

/** All bodies in flight together may take this multiple of one body's limit. */
const budgetBodies = 4

/** No live client is silent for longer in the middle of a body. */
const longestIdleMs = 30_000

export type BodyOptions = { readonly bodyLimitBytes: number; readonly timeoutMs: number }

export function readJsonBodies(app: FastifyInstance, { bodyLimitBytes, timeoutMs }: BodyOptions): void {
  const limits: BodyLimits = {
    maxBytes: bodyLimitBytes,
    idleMs: Math.min(longestIdleMs, timeoutMs),
    budget: new BodyBudget(budgetBodies * bodyLimitBytes),
  }
  const givenTypes = new WeakMap<IncomingMessage, string>()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(json, (request: FastifyRequest, payload: IncomingMessage) => {
    const { 'content-encoding': encoding, 'content-length': length } = request.headers
    const contentLength = length === undefined ? undefined : Number(length)
    return withBodyBytes(payload, encoding, contentLength, limits, async (bytes) => {
      const text = bodyText(bytes, givenTypes.get(request.raw))
      if (text === '') return undefined // the route's schema says whether it needs one
      await checkJsonBounds(bytes)
      return new Promise((resolve, reject) => {
        parse(request, text, (error, value) => (error === null ? resolve(value) : reject(unreadable(text))))
      })
    })
  })
  app.addHook('onRequest', async (request) => {
    const given = request.headers['content-type']
    if (given !== undefined) givenTypes.set(request.raw, given)
    request.headers['content-type'] = json
  })
}

/** The reason why a body is refused, with the place where JSON ends. */
function unreadable(body: string): RequestError {
  try {
    JSON.parse(body)
  } catch (error) {
    return refuse(`it is not JSON: ${messageOf(error)}`)
  }
  return refuse('the keys "__proto__" and "constructor.prototype" are not allowed')
}

function refuse(why: string): RequestError {
  return new RequestError('invalid_request', `Cannot read the body: ${why}`)
}
