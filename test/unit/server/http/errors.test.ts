import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { RequestError } from '../../../../src/base/errors.ts'
import { completionBody } from '../../../../src/server/api/native/completion.ts'
import { detokenizeBody, tokenizeBody } from '../../../../src/server/api/native/tokenize.ts'
import { chatBody } from '../../../../src/server/api/openai/chat/read.ts'
import { createApp } from '../../../../src/server/http/app.ts'
import {
  plainErrors,
  type SchemaError,
  schemaRequestError,
  toRequestError,
} from '../../../../src/server/http/errors.ts'
import { json } from '../../../../src/server/http/handler.ts'

/** What the app says to a body, through the schema check alone: a valid one is answered with itself. */
async function makeCheck(schema: object): Promise<(body: unknown) => Promise<string>> {
  const app = await createApp({
    routes: [
      {
        method: 'POST',
        path: '/',
        access: 'open',
        needs: 'nothing',
        errors: plainErrors,
        body: schema,
        handler: ({ body }) => json(body),
      },
    ],
    log: pino({ level: 'silent' }),
    timeoutMs: 1000,
    bodyLimitBytes: 10_000,
    corsOrigins: 'localhost',
    allowedHosts: [],
    listensOn: [],
    serverName: 'test',
    checkReady: () => {},
    apiKeys: [],
    keysShareCache: false,
    staticFolders: { own: undefined, builtIn: undefined },
  })
  return async (body) => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.inject({ method: 'POST', url: '/', payload })
    if (response.statusCode === 200) {
      if (typeof body !== 'string') assert.deepEqual(response.json(), body, 'nothing is coerced, dropped or filled in')
      return 'ok'
    }
    const { error } = response.json()
    assert.deepEqual([response.statusCode, error.code, error.type], [400, 400, 'invalid_request_error'])
    return error.message
  }
}

async function assertMessages(schema: object, cases: readonly (readonly [body: unknown, expected: string])[]) {
  const check = await makeCheck(schema)
  for (const [body, expected] of cases) assert.equal(await check(body), expected, JSON.stringify(body))
}

test('/completion: a message names the field, the value and the rule', () =>
  assertMessages(completionBody.schema, [
    [{}, 'ok'],
    [{ prompt: 'x', temperature: 0, n_predict: null, stop: 'x', stream: false }, 'ok'],
    [{ top_p: 1.5 }, 'Cannot read "top_p": 1.5 is not in [0, 1]'],
    [{ top_p: '0.5' }, 'Cannot read "top_p": "0.5" is not a number'],
    [{ top_k: 1.5 }, 'Cannot read "top_k": 1.5 is not an integer'],
    [{ top_k: -2 }, 'Cannot read "top_k": -2 is not -1 or more'],
    [{ n_predict: -2 }, 'Cannot read "n_predict": -2 is not -1 or more'],
    [{ repeat_penalty: 0 }, 'Cannot read "repeat_penalty": 0 is not greater than 0'],
    [{ mirostat: 3 }, 'Cannot read "mirostat": 3 is not in [0, 2]'],
    [{ seed: 2 ** 53 }, 'ok'],
    [{ seed: 2 ** 65 }, 'Cannot read "seed": 36893488147419103000 is not an integer of 64 bits'],
    [{ stream: 'yes' }, 'Cannot read "stream": "yes" is not true or false'],
    [{ grammar: 1 }, 'Cannot read "grammar": 1 is not a string'],
    [{ stop: 1 }, 'Cannot read "stop": 1 is not a string or an array of at most 1024 strings'],
    [{ stop: ['a', 1] }, 'Cannot read "stop": ["a",1] is not a string or an array of at most 1024 strings'],
    [{ prompt: 1 }, 'Cannot read "prompt": 1 is not a prompt, nor a list of prompts'],
    [{ penalty_prompt: [-1] }, 'Cannot read "penalty_prompt": [-1] is not a string or an array of token ids'],
    [{ samplers: ['top_k', 'top_x'] }, `Cannot read "samplers[1]": "top_x" is not one of ${samplerNames}`],
    [{ samplers: ['top_k', 'top_k'] }, 'Cannot read "samplers": ["top_k","top_k"] names something twice'],
  ]))

const samplerNames =
  'penalties, dry, top_n_sigma, top_k, tfs_z, typical_p, top_p, min_p, xtc, temperature, infill, typ_p'

test('/v1/chat/completions: a message names the place in the list', () =>
  assertMessages(chatBody.schema, [
    [{ messages: [{ role: 'user', content: 'x' }] }, 'ok'],
    [{}, '"messages" is missing'],
    [{ messages: null }, 'Cannot read "messages": null is not an array'],
    [{ messages: [] }, 'Cannot read "messages": [] has fewer than 1 items'],
    [{ messages: [{ content: 'x' }] }, '"messages[0].role" is missing'],
    [{ messages: [{ role: 1 }] }, 'Cannot read "messages[0].role": 1 is not a string'],
    [{ messages: ['x'] }, 'Cannot read "messages[0]": "x" is not an object'],
    [{ messages: [{ role: 'user', content: 'x' }], n: 0 }, 'Cannot read "n": 0 is not in [1, 128]'],
  ]))

test('/tokenize and /detokenize', async () => {
  await assertMessages(tokenizeBody.schema, [
    [{}, 'ok'],
    [{ content: ['a', 1] }, 'ok'],
    [{ content: 1.5 }, 'Cannot read "content": 1.5 is not a string or a list of strings and token ids'],
  ])
  await assertMessages(detokenizeBody.schema, [
    [{ tokens: [1, 2] }, 'ok'],
    [{ tokens: 'x' }, 'Cannot read "tokens": "x" is not a list of token ids'],
  ])
})

test('a body that is no JSON object', async () => {
  const check = await makeCheck(completionBody.schema)
  assert.equal(await check('[1]'), 'Cannot read the body: [1] is not a JSON object')
  assert.equal(await check('null'), 'Cannot read the body: null is not a JSON object')
  assert.equal(await check('"x"'), 'Cannot read the body: "x" is not a JSON object')
  assert.match(await check('{"prompt": '), /^Cannot read the body: it is not JSON/)
  assert.match(await check('{"__proto__": {"a": 1}}'), /^Cannot read the body|__proto__/)
})

test('a rule in words is said of the field that has it, not of a part of it', async () => {
  await Promise.all([
    assertMessages(detokenizeBody.schema, [
      [{ tokens: ['1'] }, 'Cannot read "tokens": ["1"] is not a list of token ids'],
    ]),
    assertMessages(completionBody.schema, [
      [
        { logit_bias: [[1, true]] },
        'Cannot read "logit_bias": [[1,true]] is not a list of [token, number or false], ' +
          'nor an object of token and number or false, of at most 16384',
      ],
    ]),
  ])
})

test('an empty body is called empty', async () => {
  const check = await makeCheck(completionBody.schema)
  assert.match(await check(''), /^Cannot read the body: it is empty/)
})

test('schemaRequestError() takes the anyOf of a field over its branches', () => {
  const errors: SchemaError[] = [
    { instancePath: '/stop', keyword: 'type', params: { type: 'string' }, data: 1 },
    { instancePath: '/stop', keyword: 'anyOf', params: {}, data: 1 },
  ]
  const schema = { properties: { stop: { description: 'is not good' } } }
  const error = schemaRequestError(errors, { stop: 1 }, schema)
  assert.equal(error.message, 'Cannot read "stop": 1 is not good')
  assert.deepEqual(error.details, { param: 'stop' })
})

test('toRequestError() keeps what a client may see and hides our own mistakes', () => {
  const refused = new RequestError('not_found', 'no')
  assert.equal(toRequestError(refused), refused)
  const own = toRequestError(new Error('a secret path'))
  assert.deepEqual([own.status, /secret/.test(own.message)], [500, false])
  const tooLarge = Object.assign(new Error('x'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })
  assert.equal(toRequestError(tooLarge).status, 413)
})

test('errors outside the dialects have one shape', () => {
  const error = new RequestError('exceed_context_size', 'too long', { n_prompt_tokens: 9, n_ctx: 8 })
  assert.deepEqual(plainErrors.body(error), {
    error: { code: 400, message: 'too long', type: 'exceed_context_size_error', n_prompt_tokens: 9, n_ctx: 8 },
  })
})
