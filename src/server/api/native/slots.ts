// GET /slots: the state of each slot.
import { RequestError } from '../../../base/errors.ts'
import type { EngineClient } from '../../engine-client/client.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { slotJson } from './slot-json.ts'

/**
 * Answers from the engine's last report, without waiting for a decode. Contains no client's text.
 */
export function listSlots({ query }: HttpRequest, { engine, options }: Model): Answer {
  if (!options.slots)
    throw new RequestError('not_enabled', 'Slot monitoring is disabled: the server was started with --no-slots')
  if (query.fail_on_no_slot !== undefined) checkIdleSlot(engine.board)
  return json(slotsJson(engine))
}

export function slotsJson({ board, info }: EngineClient): object[] {
  return board.slots.map((slot) => slotJson(slot, info.nCtxSlot))
}

/** @throws RequestError (503) when there are slots and all are busy. */
export function checkIdleSlot({ slots, nBusy }: EngineClient['board']): void {
  if (slots.length > 0 && nBusy === slots.length) throw new RequestError('unavailable', 'no slot available')
}
