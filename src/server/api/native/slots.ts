// GET /slots: what each slot is doing. POST /slots/:id?action=…: what can be done with the cache of one.
import { badField, RequestError } from '../../../base/errors.ts'
import { bodySchema } from '../../../options/field.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../services.ts'
import { slotJson } from './slot-json.ts'

/** Answers from what the engine told last: no decode is waited for. Nobody's text is in it. */
export function listSlots({ query }: HttpRequest, { engine, options }: Services): Answer {
  if (!options.slots)
    throw new RequestError('not_supported', 'This server does not show its slots: --no-slots was given')
  if (query.fail_on_no_slot !== undefined) checkIdleSlot(engine.board)
  return { json: slotsJson(engine) }
}

export function slotsJson({ board, info }: Services['engine']): object[] {
  return board.slots.map((slot) => slotJson(slot, info.nCtxSlot))
}

/** @throws RequestError (503) when all slots are busy. */
export function checkIdleSlot({ slots, nBusy }: Services['engine']['board']): void {
  if (nBusy === slots.length) throw new RequestError('unavailable', 'no slot available')
}

/** A body is not needed. */
export const slotActionBody = { ...bodySchema({}), type: ['object', 'null'] }

export async function slotAction({ params, query, signal }: HttpRequest, services: Services): Promise<Answer> {
  const slotId = readSlotId(params.id, services)
  switch (query.action) {
    case 'erase': {
      const { nErased } = await services.engine.control('erase-slot', { slotId }, signal)
      return { json: { id_slot: slotId, n_erased: nErased } }
    }
    default:
      throw badField('action', query.action, 'is not erase')
  }
}

function readSlotId(given: string | undefined, { engine }: Services): number {
  const { nSlots } = engine.info
  const id = /^\d{1,6}$/.test(given ?? '') ? Number(given) : -1
  if (id < 0 || id >= nSlots) throw badField('id', given, `is not the id of a slot, 0 to ${nSlots - 1}`)
  return id
}
