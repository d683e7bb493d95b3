// GET /slots: what each slot is doing.
import { RequestError } from '../../../base/errors.ts'
import type { EngineClient } from '../../engine-client/client.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { slotJson } from './slot-json.ts'

/** Answers from what the engine told last: no decode is waited for. Nobody's text is in it. */
export function listSlots({ query }: HttpRequest, { engine, options }: Model): Answer {
  if (!options.slots) throw new RequestError('not_enabled', 'This server does not show its slots: --no-slots was given')
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
