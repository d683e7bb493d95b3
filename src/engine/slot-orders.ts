// Orders that concern the cells of slots, each carried out between two steps once the slots that it
// needs are idle.
import { assert } from '../base/assert.ts'
import type { KvCache } from './cache/kv-cache.ts'
import type { StateStore } from './cache/state-store.ts'
import type { ControlHandlers } from './control.ts'
import type { StepRunner } from './runner/step-runner.ts'

/** @param store undefined when slots are not saved. */
export function slotOrders(cache: KvCache, runner: StepRunner, store: StateStore | undefined): ControlHandlers {
  return {
    'erase-slot': ({ slotId }) => {
      const { isLeased, nCells } = cache.stream(slotId)
      if (isLeased) return undefined
      runner.apply(cache.forget(slotId))
      return { nErased: nCells }
    },
    'save-slot': (file) => requireStore(store).save(file),
    'restore-slot': (file) => requireStore(store).restore(file),
  }
}

function requireStore(store: StateStore | undefined): StateStore {
  assert(store !== undefined, 'a slot is saved or restored without a folder for slots')
  return store
}
