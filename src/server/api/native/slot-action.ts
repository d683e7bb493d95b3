// POST /slots/:id?action=…: actions on the cache of one slot.
import { resolve } from 'node:path'
import { badField, RequestError } from '../../../base/errors.ts'
import { type BodyOf, bodyOf, missing, optional } from '../../../options/field.ts'
import { string } from '../../../options/schema.ts'
import type { SlotFileDone } from '../../../protocol/control.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { whyNoFileName } from './slot-file-name.ts'

export const slotActionFields = {
  filename: { names: ['filename'], schema: string, help: 'The file below --slot-save-path: a name, not a path.' },
} as const

/** Not every action needs a body. */
export const slotActionBody = optional(bodyOf(slotActionFields))

export async function slotAction(
  { body, params, query, signal }: HttpRequest<BodyOf<typeof slotActionBody>>,
  model: Model,
): Promise<Answer> {
  const slotId = readSlotId(params.id, model)
  const { filename } = body
  switch (query.action) {
    case 'save': {
      const path = filePath(filename, model)
      const done = await model.engine.control('save-slot', { slotId, path }, signal)
      return json({ id_slot: slotId, filename, ...counts(done, 'saved', 'written'), timings: { save_ms: done.ms } })
    }
    case 'restore': {
      const path = filePath(filename, model)
      const done = await model.engine.control('restore-slot', { slotId, path }, signal)
      return json({ id_slot: slotId, filename, ...counts(done, 'restored', 'read'), timings: { restore_ms: done.ms } })
    }
    case 'erase': {
      if (filename !== undefined)
        throw badField('filename', filename, 'is not for "erase", which empties the slot itself')
      const { nErased } = await model.engine.control('erase-slot', { slotId }, signal)
      return json({ id_slot: slotId, n_erased: nErased })
    }
    default:
      throw badField('action', query.action, 'is not save, restore or erase')
  }
}

function counts({ nTokens, nBytes }: SlotFileDone, tokens: string, bytes: string): Record<string, number> {
  return { [`n_${tokens}`]: nTokens, [`n_${bytes}`]: nBytes }
}

function readSlotId(given: string | undefined, { info }: Model): number {
  const { nSlots } = info
  const id = /^\d{1,6}$/.test(given ?? '') ? Number(given) : -1
  if (id < 0 || id >= nSlots) throw badField('id', given, `is not the id of a slot, 0 to ${nSlots - 1}`)
  return id
}

/**
 * @throws RequestError without --slot-save-path, and for a name that may lead outside the folder.
 */
function filePath(name: string | undefined, { options }: Model): string {
  if (options.slotSavePath === undefined) {
    throw new RequestError('not_supported', 'Saving slots is disabled: the server was started without --slot-save-path')
  }
  if (name === undefined) throw missing('filename')
  const why = whyNoFileName(name)
  if (why !== undefined) throw badField('filename', name, why)
  return resolve(options.slotSavePath, name)
}
