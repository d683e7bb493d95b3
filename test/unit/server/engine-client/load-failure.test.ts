import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainKilledLoad } from '../../../../src/server/engine-client/load-failure.ts'

const killed = { code: null, signal: 'SIGKILL', lastWords: [] } as const
const sizes = { modelBytes: 4.37e9, memoryBytes: 8.2e9 }

test('a killed engine is probably out of memory: the sizes, and what to make smaller', () => {
  assert.equal(
    explainKilledLoad(killed, { nCtx: 131_072, nSlots: 4 }, sizes),
    "the engine was killed while it loaded the model, probably out of memory: there are 8.2 GB for the model's 4.4 GB, " +
      '131072 tokens of context in 4 slots and everything else; try a smaller -c, fewer slots (-np) or a smaller quantization',
  )
  const unknown = explainKilledLoad(killed, { nCtx: 0, nSlots: 1 }, { modelBytes: undefined, memoryBytes: 5e7 })
  assert.match(unknown!, /there are 50 MB for the model, the context of a slot and everything else/)
})

test('other ends are not explained', () => {
  assert.equal(explainKilledLoad({ ...killed, signal: 'SIGSEGV' }, { nCtx: 0, nSlots: 1 }, sizes), undefined)
  assert.equal(explainKilledLoad({ ...killed, signal: null, code: 1 }, { nCtx: 0, nSlots: 1 }, sizes), undefined)
})
