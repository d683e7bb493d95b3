// The routes of a response by its id: GET and DELETE /v1/responses/{id}, its input items, and the
// cancelling of a running one.
import { badField, RequestError } from '../../../../base/errors.ts'
import { type Answer, type HttpRequest, json } from '../../../http/handler.ts'
import type { Services } from '../../../services.ts'
import type { StoredResponse } from './store.ts'

export async function getResponse(request: HttpRequest, services: Services): Promise<Answer> {
  const { stream } = request.query
  if (stream === 'true') throw badField('stream', stream, 'is for responses that run in the background')
  return json((await find(request, services)).response)
}

export async function deleteResponse(request: HttpRequest, { responses }: Services): Promise<Answer> {
  const id = request.params.id!
  if (!(await responses.delete(request.owner, id))) throw notFound(id)
  return json({ id, object: 'response', deleted: true })
}

/** A response that has ended stays as it is. */
export async function cancelResponse(request: HttpRequest, services: Services): Promise<Answer> {
  const run = services.runningResponses.get(request.owner, request.params.id!)
  if (run === undefined) return json((await find(request, services)).response)
  run.cancel()
  return json({ ...run.current().response, status: 'cancelled' })
}

/**
 * All items that the model was given, those of earlier responses too; the latest first, unless
 * asked otherwise.
 */
export async function listInputItems(request: HttpRequest, services: Services): Promise<Answer> {
  const { order = 'desc', after, limit: wanted = '20' } = request.query
  if (order !== 'asc' && order !== 'desc') throw badField('order', order, 'is not asc or desc')
  const limit = Number(wanted)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw badField('limit', wanted, 'is not in [1, 100]')
  const { input } = await find(request, services)
  const all = order === 'asc' ? input : input.toReversed()
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0) throw badField('after', after, 'is not the id of an input item')
  const data = all.slice(start, start + limit)
  return json({
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < all.length,
  })
}

async function find({ params, owner }: HttpRequest, services: Services): Promise<StoredResponse> {
  const id = params.id!
  const found = services.runningResponses.get(owner, id)?.current() ?? (await services.responses.get(owner, id))
  if (found === undefined) throw notFound(id)
  return found
}

function notFound(id: string): RequestError {
  return new RequestError('not_found', `Response with id '${id}' not found.`, { param: 'id' })
}
