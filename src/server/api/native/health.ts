// GET /health: never waits for the engine.
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import type { Services } from '../../services.ts'
import { checkIdleSlot, slotsJson } from './slots.ts'

export function health(request: HttpRequest, { models }: Services): Answer {
  const model = models.list()[0]!
  const { state } = model
  switch (state.kind) {
    case 'ready':
      return json({ status: 'ok', ...slotsOf(request, model) })
    case 'failed':
      return {
        kind: 'json',
        status: 500,
        body: {
          status: 'error',
          error: { code: 500, message: `Model failed to load: ${state.message}`, type: 'server_error' },
        },
      }
    default:
      return {
        kind: 'json',
        status: 503,
        body: {
          status: 'loading model',
          ...(state.kind === 'loading' ? { progress: state.progress } : {}),
          error: { code: 503, message: 'Loading model', type: 'unavailable_error' },
        },
      }
  }
}

/**
 * The load of the server, if requested; as in llama.cpp's server of January 2024. The slots
 * themselves are shown only if GET /slots is public: this route needs no key.
 * @throws RequestError (503) with `?fail_on_no_slot` when all slots are busy.
 */
function slotsOf({ query }: HttpRequest, { engine, options }: Model): object {
  if (query.include_slots === undefined && query.fail_on_no_slot === undefined) return {}
  if (query.fail_on_no_slot !== undefined) checkIdleSlot(engine.board)
  const { slots, nBusy } = engine.board
  const isOpen = options.apiKey === undefined && options.apiKeyFile === undefined && options.slots
  return {
    slots_idle: slots.length - nBusy,
    slots_processing: nBusy,
    ...(query.include_slots !== undefined && isOpen ? { slots: slotsJson(engine) } : {}),
  }
}
