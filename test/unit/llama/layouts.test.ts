import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLayouts, type DefaultParams } from '../../../src/llama/layouts.ts'
import { knownDefaults } from '../../../src/llama/structs.ts'

const symbols = (change: { model?: object; context?: object } = {}): DefaultParams => ({
  llama_model_default_params: () => ({ ...knownDefaults.model, ...change.model }),
  llama_context_default_params: () => ({ ...knownDefaults.context, ...change.context }),
})

test('checkLayouts() lets the known defaults pass', () => {
  checkLayouts(symbols(), 'linux-x64')
})

test('checkLayouts() refuses another layout in a sentence that names the field and what to install', () => {
  const wrong =
    /^the engine linux-x64 is not the release .*llama_context_params\.n_ctx is 0, not 512; install @node-llama-cpp/
  assert.throws(() => checkLayouts(symbols({ context: { n_ctx: 0 } }), 'linux-x64'), {
    name: 'StartError',
    message: wrong,
  })
  assert.throws(
    () => checkLayouts(symbols({ model: { split_mode: 7 } }), 'linux-x64'),
    /llama_model_params\.split_mode is 7/,
  )
})
