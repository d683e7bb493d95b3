// The server-wide sampling flags: each is the default of its field, told by /props, and a request wins over it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flag } from '../../../src/options/flag.ts'
import { generationFields } from '../../../src/options/generation-fields.ts'
import { samplingFlags } from '../../../src/options/sampling-flags.ts'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

type Key = keyof typeof samplingFlags

/** A value that is not the field's own default. */
const values: Readonly<Record<Key, number>> = {
  temperature: 0.3,
  topK: 7,
  topP: 0.5,
  minP: 0.25,
  tfsZ: 0.75,
  typicalP: 0.625,
  topNSigma: 2,
  xtcProbability: 0.125,
  xtcThreshold: 0.375,
  repeatLastN: 32,
  repeatPenalty: 1.25,
  presencePenalty: 0.5,
  frequencyPenalty: 0.75,
  dryMultiplier: 0.25,
  dryBase: 2,
  dryAllowedLength: 3,
  dryPenaltyLastN: 16,
  dynatempRange: 0.125,
  dynatempExponent: 2,
  mirostat: 2,
  mirostatEta: 0.5,
  mirostatTau: 4,
  seed: 77,
  nKeep: 3,
}
const keys = Object.keys(values) as Key[]
const nameOf = (key: Key) => generationFields[key].names[0]
const flags: Readonly<Record<Key, Flag>> = samplingFlags

const given = keys.flatMap((key) => [flags[key].flags[0]!, String(values[key])])
const { url } = await startServer('-m', tinyModel('tiny-llama'), ...given)
const plain = await startServer('-m', tinyModel('tiny-llama'))

test('each sampling flag is the default of its field, as /props, /model.json and answers tell', async () => {
  const expected = Object.fromEntries(keys.map((key) => [nameOf(key), values[key]]))
  const pick = (settings: object) =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(expected, name)))
  assert.deepEqual(pick((await get(url, '/props')).json.default_generation_settings.params), expected)
  assert.deepEqual(pick((await get(url, '/model.json')).json), expected)
  for (const path of ['/completion', '/v1/completions'] as const) {
    const { json } = await post(url, path, { prompt: 'Hello', n_predict: 2, verbose: true })
    assert.deepEqual(pick((json.__verbose ?? json).generation_settings), expected, path)
  }
  const others = pick((await get(plain.url, '/model.json')).json)
  for (const [name, value] of Object.entries(expected)) assert.notDeepEqual(others[name], value, name)
})

test('a server with these flags writes what another one writes for a request that names them all', async () => {
  const named = Object.fromEntries(keys.map((key) => [nameOf(key), values[key]]))
  const body = { prompt: 'Hello', n_predict: 40 }
  const { json } = await post(url, '/completion', body)
  assert.equal(json.content, (await post(plain.url, '/completion', { ...body, ...named })).json.content)
  const own = { seed: 78, temperature: 1.5 }
  assert.equal((await post(url, '/completion', { ...body, ...own })).json.generation_settings.seed, 78)
})
