// Filling gaps in code with a model that was made for it, as editors ask for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { qwenCoder } from '../support/qwen-coder.ts'
import { get, post, startServer } from '../support/server.ts'

const model = await qwenCoder()
const skip = 'missing' in model ? model.missing : false
const server = 'path' in model ? await startServer('-m', model.path, '-c', '2048') : undefined
const gap = { input_prefix: 'def add(a, b):\n    return ', input_suffix: '\n\nprint(add(1, 2))\n', n_predict: 16 }

test('Qwen2.5-Coder writes what is missing between prefix and suffix', { skip }, async () => {
  assert.equal((await get(server!.url, '/props')).json.can_infill, true)
  for (const samplers of [undefined, ['top_k', 'top_p', 'infill']]) {
    const { status, json } = await post(server!.url, '/infill', { ...gap, temperature: 0, samplers })
    assert.equal(status, 200)
    assert.match(json.content, /^a \+ b\b/, JSON.stringify(samplers))
  }
})
