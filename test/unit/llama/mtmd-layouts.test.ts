import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMtmdLayouts, type DefaultMtmdParams } from '../../../src/llama/mtmd/layouts.ts'
import { knownMtmdDefaults } from '../../../src/llama/mtmd/structs.ts'

const symbols = (change: { context?: object; helper?: object } = {}): DefaultMtmdParams => ({
  mtmd_context_params_default: () => ({ ...knownMtmdDefaults.context, ...change.context }),
  mtmd_helper_init_opt_default: () => ({ ...knownMtmdDefaults.helper, ...change.helper }),
})

test('checkMtmdLayouts() lets the known defaults pass', () => {
  checkMtmdLayouts(symbols(), '/x/libmtmd.so')
})

test('checkMtmdLayouts() refuses another layout in a sentence that names the field and the file', () => {
  assert.throws(() => checkMtmdLayouts(symbols({ context: { n_threads: 1 } }), '/x/libmtmd.so'), {
    name: 'StartError',
    message:
      '/x/libmtmd.so is not of the release this Cria was made for: mtmd_context_params.n_threads is 1, not 4; remove it',
  })
  assert.throws(() => checkMtmdLayouts(symbols({ helper: { fps_target: 0 } }), 'x'), /mtmd_helper_init_opt\.fps_target/)
})
