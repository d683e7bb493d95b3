// Bad requests: each is a 400 that names the field, the value and the rule, and none disturbs another.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Field, FieldTable } from '../../../src/options/field.ts'
import { completionFields } from '../../../src/server/api/native/completion.ts'
import { get, type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '4')

async function refused(path: string, body: unknown, status = 400): Promise<Json> {
  const answer = await post(url, path, body)
  assert.equal(
    answer.status,
    status,
    `${JSON.stringify(body).slice(0, 200)}: ${JSON.stringify(answer.json).slice(0, 300)}`,
  )
  const { error, ...rest } = answer.json
  assert.deepEqual(rest, {}, 'nothing but the error')
  assert.equal(error.code, status)
  assert.equal(typeof error.message, 'string')
  assert.match(error.type, /^[a-z_]+_error$/)
  return error
}

/** A number of type integer in a range; what is no integer, and what is out of the range. */
const integer = (...outside: number[]): unknown[] => ['5', true, [], {}, 1.5, ...outside]
const number = (...outside: number[]): unknown[] => ['0.5', true, [], {}, ...outside]
const boolean: unknown[] = ['true', 1, 0, [], {}]
const text: unknown[] = [5, true, [], {}]

const badValues: Readonly<Record<string, readonly unknown[]>> = {
  prompt: [5, true, {}, [null], [1.5], [true], [{}], [[[1]]], [[1.5]]],
  temperature: number(),
  dynatemp_range: number(-0.1),
  dynatemp_exponent: number(-0.1),
  top_k: integer(-2),
  top_p: number(-0.1, 1.1),
  min_p: number(-0.1, 1.1),
  top_n_sigma: number(),
  tfs_z: number(-0.1, 1.1),
  typical_p: number(-0.1, 1.1),
  xtc_probability: number(-0.1, 1.1),
  xtc_threshold: number(-0.1, 1.1),
  min_keep: integer(-1),
  samplers: ['top_k', 5, {}, ['no_such'], [5], ['top_k', 'top_k']],
  repeat_penalty: number(0, -1, 1e-46),
  repeat_last_n: integer(-2),
  penalize_nl: boolean,
  presence_penalty: number(),
  frequency_penalty: number(),
  penalty_prompt: [5, true, {}, [1.5], ['a'], [-1], [null]],
  dry_multiplier: number(-0.1),
  dry_base: number(0.9),
  dry_allowed_length: integer(-1),
  dry_penalty_last_n: integer(-2),
  dry_sequence_breakers: ['x', 5, {}, [], [5]],
  mirostat: integer(-1, 3),
  mirostat_tau: number(-0.1),
  mirostat_eta: number(-0.1),
  grammar: text,
  seed: integer(2 ** 65, -(2 ** 64)),
  sse_ping_interval: integer(-2),
  ignore_eos: boolean,
  logit_bias: [
    5,
    'x',
    true,
    [1],
    [[1]],
    [[1, 2, 3]],
    [[1, true]],
    [[1, 'x']],
    [[1, null]],
    [[1.5, 1]],
    { 5: true },
    { 5: 'x' },
  ],
  n_predict: integer(-2),
  n_keep: integer(-2),
  stream: boolean,
  stop: [5, true, {}, [5], [null]],
  n_probs: integer(-1, 1001),
  slot_id: integer(-2, 4),
  cache_prompt: boolean,
  cache_salt: text,
  return_tokens: boolean,
  timings_per_token: boolean,
  verbose: boolean,
  json_schema: ['x', 5, []],
  guided_regex: text,
  guided_choice: ['x', 5, true, {}, [5]],
  structured_outputs: ['x', 5, true, []],
  response_fields: ['x', 5, true, {}, [5]],
  post_sampling_probs: boolean,
  t_max_prompt_ms: integer(-2),
  t_max_predict_ms: integer(-2),
  n_indent: integer(-1),
  n_discard: integer(-1),
  n_cmpl: integer(0, -1, 129),
  image_data: ['x', 5, true, {}],
  system_prompt: ['x', 5, true, []],
  lora: ['x', 5, true, {}, [5], ['x']],
  return_progress: boolean,
}

const shown = (value: unknown): string => JSON.stringify(value)

describe('a value that a field cannot have', () => {
  it('is here for every field that /completion serves', () => {
    const table: FieldTable = completionFields
    const served = Object.values<Field>(table).filter(({ support }) => support === undefined)
    assert.deepEqual(Object.keys(badValues).sort(), served.map(({ names }) => names[0]).sort())
  })

  for (const [field, values] of Object.entries(badValues)) {
    it(`${field}: a 400 names the field, the value and the rule`, async () => {
      for (const value of values) {
        const { message, type } = await refused('/completion', { prompt: 'Hello', n_predict: 2, [field]: value })
        assert.equal(type, 'invalid_request_error')
        assert.match(message, new RegExp(`^Cannot read "${field}`), `${field}: ${shown(value)}`)
        const named = message.match(/^Cannot read "([^"]+)": (.*)$/)!
        const path = named[1].slice(field.length)
        const inner = path
          .split(/[[\].]/)
          .filter(Boolean)
          .reduce((at: Json, key: string) => at[key], value)
        assert.ok(named[2].startsWith(shown(inner).replace('1e-46', '1e-46')), `${message} shows ${shown(inner)}`)
        const rule = named[2].slice(shown(inner).length)
        assert.match(rule, / (is|are|has|needs|names) /, message)
        assert.doesNotMatch(rule, /anyOf|oneOf|not allowed/, message)
      }
    })
  }

  it('also in numbers that JSON can write and nobody can use', async () => {
    const fields = ['temperature', 'top_p', 'seed', 'top_k', 'n_predict', 'n_probs', 'repeat_penalty']
    for (const field of fields) {
      const { message } = await refused('/completion', `{"prompt": "Hello", "n_predict": 2, "${field}": 1e400}`)
      assert.match(message, new RegExp(`"${field}"`))
    }
  })

  it('integers that libllama cannot hold are refused, not taken for others', async () => {
    const one = { prompt: 'Hello', n_predict: 12, seed: 1, temperature: 3, min_p: 0, top_p: 1 }
    const greedy = await post(url, '/completion', { ...one, top_k: 1 })
    const huge = await post(url, '/completion', { ...one, top_k: 2 ** 32 + 1 })
    const isRefused = huge.status === 400 && /top_k/.test(huge.json.error.message)
    const all = await post(url, '/completion', { ...one, top_k: 0 })
    assert.ok(
      isRefused || huge.json.content === all.json.content,
      `top_k 2^32 + 1 worked as ${huge.json.content === greedy.json.content ? 1 : 'another'}`,
    )
  })

  it('a logit_bias that no float can hold is refused, or works the same whatever is asked for beside it', async () => {
    const body = { prompt: 'Hello', n_predict: 2, logit_bias: [[400, 1e39]] }
    const answers = [{}, { n_probs: 2 }, { temperature: 0 }].map((more) =>
      post(url, '/completion', { ...body, ...more }),
    )
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    assert.equal(new Set(statuses).size, 1, `${statuses}`)
  })
})

describe('token ids that the model does not have', () => {
  const bodies: readonly [string, object][] = [
    ['prompt', { prompt: [568] }],
    ['prompt', { prompt: ['Hello', -1] }],
    ['prompt', { prompt: [[1], [2 ** 31]] }],
    ['prompt', { prompt: [2 ** 40] }],
    ['penalty_prompt', { penalty_prompt: [568] }],
    ['penalty_prompt', { penalty_prompt: [2 ** 32 + 5] }],
    ['logit_bias', { logit_bias: [[568, 1]] }],
    ['logit_bias', { logit_bias: [[-1, 1]] }],
    ['logit_bias', { logit_bias: { 568: 1 } }],
    ['logit_bias', { logit_bias: { 99999999999: false } }],
  ]
  for (const [field, body] of bodies) {
    it(`${shown(body)} names ${field} and the range`, async () => {
      const { message } = await refused('/completion', { prompt: 'Hello', n_predict: 1, ...body })
      assert.match(message, new RegExp(`"${field}.*\\[0, 567\\]`))
    })
  }
})

describe('fields', () => {
  it('that are typos are refused with what was meant', async () => {
    assert.match((await refused('/completion', { prompt: 'x', nPredict: 1 })).message, /"nPredict".*"n_predict"/)
    assert.match((await refused('/tokenize', { contents: 'x' })).message, /"contents".*"content"/)
    assert.match((await refused('/detokenize', { token: [1] })).message, /"token".*"tokens"/)
  })

  it('of two spellings must agree', async () => {
    const pairs = { n_predict: 'max_tokens', slot_id: 'id_slot', typical_p: 'typ_p' }
    for (const [one, other] of Object.entries(pairs)) {
      const { message } = await refused('/completion', { prompt: 'x', [one]: 1, [other]: 0 })
      assert.match(message, new RegExp(`"${other}": 0 .*"${one}".*1`))
    }
    const { status } = await post(url, '/completion', { prompt: 'x', n_predict: 1, max_tokens: 1 })
    assert.equal(status, 200)
  })

  it('whose feature is not there yet are refused by name, unless they ask for nothing', async () => {
    const later = {
      image_data: [{ data: '', id: 1 }],
    }
    for (const [name, value] of Object.entries(later)) {
      const { message, type } = await refused('/completion', { prompt: 'x', [name]: value })
      assert.match(message, new RegExp(`"${name}"`))
      assert.equal(type, 'not_supported_error')
    }
    const { status } = await post(url, '/completion', { prompt: 'x', n_predict: 1, image_data: [] })
    assert.equal(status, 200)
  })
})

describe('a body', () => {
  const bodies: Readonly<Record<string, string>> = {
    'that is empty': '',
    'of spaces': '  ',
    'that is cut': '{"prompt": "Hello"',
    'that goes on': '{"prompt": "Hello"} {}',
    'with single quotes': "{'prompt': 'Hello'}",
    'with a comma too many': '{"prompt": "Hello",}',
    'that is an array': '[1, 2]',
    'that is null': 'null',
    'that is a string': '"Hello"',
    'that is a number': '5',
    'that is true': 'true',
    'of NaN': '{"prompt": "Hello", "temperature": NaN}',
  }
  for (const [name, body] of Object.entries(bodies)) {
    for (const path of ['/completion', '/tokenize', '/detokenize', '/v1/chat/completions']) {
      it(`${name} is a 400 on ${path}`, async () => {
        const { message, type } = await refused(path, body)
        assert.match(message, /body/)
        assert.equal(type, 'invalid_request_error')
      })
    }
  }

  it('that is not JSON: the 400 says where', async () => {
    const { message } = await refused('/completion', '{"prompt": "Hello" "n_predict": 5}')
    assert.match(message, /position 19|line 1|"n_predict"/)
  })

  it('with __proto__ or a constructor of its own is refused by that name', async () => {
    for (const name of ['__proto__', 'constructor']) {
      const { message } = await refused('/completion', `{"prompt": "x", "${name}": {"prototype": {"polluted": 1}}}`)
      assert.match(message, new RegExp(name))
    }
    for (const field of ['logit_bias', 'chat_template_kwargs'])
      await refused('/v1/chat/completions', `{"messages": [], "${field}": {"__proto__": {"polluted": 1}}}`)
    assert.equal(({} as Json).polluted, undefined)
  })

  it('nested deep is a 400', async () => {
    const n = 20_000
    const list = '['.repeat(n) + ']'.repeat(n)
    const object = `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`
    await refused('/completion', list)
    await refused('/completion', object)
    await refused('/completion', `{"prompt": "x", "unknown": ${list}}`)
    await refused('/tokenize', `{"content": ${list}}`)
    await refused('/completion', `{"prompt": ${list}}`)
    await refused('/completion', `{"prompt": "x", "logit_bias": ${object}}`)
    await refused('/v1/chat/completions', `{"messages": ${list}}`)
    await refused('/completion', '['.repeat(1_000_000))
  })

  it('with a BOM is read', async () => {
    assert.equal((await post(url, '/completion', '\ufeff{"prompt": "Hello", "n_predict": 1}')).status, 200)
  })
})

describe('after all that', () => {
  it('the server answers, and its engine is the same', async () => {
    assert.deepEqual(await get(url, '/health'), { status: 200, json: { status: 'ok' } })
    const { status, json } = await post(url, '/completion', { prompt: 'This is the end' })
    assert.equal(status, 200)
    assert.equal(json.stopped_eos, true)
  })

  it('a good stream beside 50 bad requests is undisturbed', async () => {
    const good = { prompt: 'Hello', n_predict: 200, temperature: 0, ignore_eos: true }
    const { content } = (await post(url, '/completion', good)).json
    const { pid } = (await get(url, '/props')).json.engine
    const streamed = stream(url, '/completion', good)
    const bodies: readonly unknown[] = [
      '{',
      { prompt: [99999] },
      { prompt: 'x', temperature: 'hot' },
      { prompt: 'x', grammar: 'root ::= root "a"' },
      {
        prompt: 'x',
        grammar: 'root ::= "z"',
        logit_bias: [
          [(await idOf('z'))!, false],
          [3 + 0x7a, false],
        ],
      },
      { prompt: 'x', n_predict: 5, logit_bias: Array.from({ length: 568 }, (_, id) => [id, false]), n_probs: 1 },
      { prompt: 'x', slot_id: 9 },
      { prompt: ['a', 'b', [99999]] },
      { prompt: 'x', penalty_prompt: [-1], stream: true },
      { prompt: 'x', grammar: 'root ::= <nosuchtoken>', stream: true },
    ]
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(bodies.map((body) => post(url, '/completion', body)))
      for (const [i, { status }] of answers.entries()) assert.equal(status, 400, shown(bodies[i]).slice(0, 100))
    }
    const all = await streamed
    assert.equal(all.map((event) => event.content).join(''), content)
    assert.equal((await get(url, '/props')).json.engine.pid, pid, 'the engine was not restarted')
  })
})

describe('a request for much memory', () => {
  const skip = process.platform === 'linux' ? false : 'the memory of a process is read from /proc'
  it('does not get it', { skip }, async () => {
    const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '4')
    const { pid } = (await get(server.url, '/props')).json.engine
    const peakMiB = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
    const beforeMiB = peakMiB()
    for (const field of ['repeat_last_n', 'dry_penalty_last_n']) {
      const body = { prompt: 'Hello', n_predict: 1, dry_multiplier: 1, [field]: 2 ** 29 }
      assert.equal((await post(server.url, '/completion', body)).status, 200)
      assert.ok(peakMiB() < beforeMiB + 256, `${field} 2^29 took ${peakMiB() - beforeMiB} MiB`)
    }
    await server.stop()
  })
})

async function idOf(char: string): Promise<number | undefined> {
  return (await post(url, '/tokenize', { content: `a${char}` })).json.tokens.at(-1)
}

it('lists that are too long are refused with the limit', async () => {
  const tooLong = [
    { stop: Array(1025).fill('x') },
    { stop: Array(130_000).fill('x') },
    { stop: 'x'.repeat(65_537) },
    { stop: Array(1024).fill('x'.repeat(65)) },
    { dry_sequence_breakers: Array(33).fill('x') },
  ]
  for (const body of tooLong) {
    const [name] = Object.keys(body)
    const { message } = await refused('/completion', { prompt: 'a', n_predict: 1, ...body })
    assert.match(message, new RegExp(`^Cannot read "${name}": .* at most \\d+|1 to \\d+ strings`))
  }
})
