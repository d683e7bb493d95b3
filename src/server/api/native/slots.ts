// POST /slots/:id?action=…: what can be done with the cache of one slot.
import { badField } from '../../../base/errors.ts'
import { bodySchema } from '../../../options/field.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../services.ts'

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
