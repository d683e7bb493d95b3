// Request bodies: JSON, whatever the content type says. curl -d and fetch without a header must work.
import type { FastifyInstance } from 'fastify'
import { messageOf, RequestError } from '../../base/errors.ts'

const json = 'application/json'

export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(json, { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') return done(null, undefined) // the route's schema says whether it needs one
    parse(request, body, (error, value) => (error === null ? done(null, value) : done(unreadable(body))))
  })
  app.addHook('onRequest', async (request) => {
    request.headers['content-type'] = json
  })
}

/** Why a body is not taken, with the place where JSON ends. */
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
