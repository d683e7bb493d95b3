// Turns the list of routes into handlers that HTTP can call: reads the body, finds the model, and
// checks that it can serve the request.
import { RequestError } from '../base/errors.ts'
import type { Body, FieldDefaults } from '../options/field.ts'
import { fieldDefaults } from '../options/field-defaults.ts'
import type { GivenSystemPrompt } from '../options/generation-fields.ts'
import { setSystemPrompt } from './generate/system-prompt.ts'
import type { Answer, Handler, HttpRequest, Route as HttpRoute, Needs } from './http/handler.ts'
import { IgnoredNames } from './ignored-names.ts'
import type { Model } from './model/model.ts'
import type { Services } from './services.ts'

type Answering = Promise<Answer> | Answer

/** A route of the list. `B` is its body as the handler sees it. */
export type Route<B> = Omit<HttpRoute, 'body' | 'handler' | 'needs'> & { readonly body?: Body<B> } & (
    | {
        readonly needs: 'nothing'
        readonly handler: (request: HttpRequest<B>, services: Services) => Answering
      }
    | {
        readonly needs: Exclude<Needs, 'nothing'>
        readonly handler: (request: HttpRequest<B>, model: Model, services: Services) => Answering
      }
  )

/** A list of routes, each with a body of its own type. */
export function defineRoutes<const B extends readonly unknown[]>(
  ...routes: { readonly [K in keyof B]: Route<B[K]> }
): readonly Route<unknown>[] {
  return routes as readonly Route<unknown>[]
}

export function dispatched(routes: readonly Route<unknown>[], services: Services): readonly HttpRoute[] {
  const { options, log } = services
  const defaults = fieldDefaults(options)
  const names = new IgnoredNames(log)
  return routes.map((route) => {
    const { body, ...rest } = route
    const handler: Handler = async (request) => {
      const ignored = body?.ignored(request.given, options.strictFields) ?? []
      return names.added(await dispatch(route, request, services, defaults), ignored, route.path)
    }
    return { ...rest, ...(body === undefined ? {} : { body: body.schema }), handler }
  })
}

async function dispatch(
  route: Route<unknown>,
  request: HttpRequest,
  services: Services,
  defaults: FieldDefaults,
): Promise<Answer> {
  const body = route.body?.read(request.given, defaults)
  const read = { ...request, body }
  if (route.needs === 'nothing') return route.handler(read, services)
  const { given, signal } = request
  const model = await services.models.acquire(typeof given.model === 'string' ? given.model : undefined, signal)
  if (route.needs === 'generator') await beforeGenerating(model, body, signal)
  return route.handler(read, model, services)
}

/**
 * Runs a generating handler after pending changes of the system prompt, its own included. @throws
 * RequestError when the model cannot generate.
 */
async function beforeGenerating(model: Model, body: unknown, signal: AbortSignal): Promise<void> {
  if (!model.info.generates) {
    throw new RequestError('not_supported', 'this model is an encoder: it serves embeddings and cannot generate text')
  }
  const { systemPrompt } = (body ?? {}) as { readonly systemPrompt?: GivenSystemPrompt }
  if (systemPrompt !== undefined) await setSystemPrompt(systemPrompt, model, signal)
  else await model.systemPrompts.settled()
}
