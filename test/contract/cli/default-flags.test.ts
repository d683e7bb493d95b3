// Flags that are the defaults of request fields: each does what the field does, and a request wins over it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { run, temporaryFolder } from './programs.ts'

const model = tinyModel('tiny-llama')
const dir = temporaryFolder()
const yes = join(dir, 'yes.gbnf')
writeFileSync(yes, 'root ::= "yes" | "no"\n')
const schema = join(dir, 'schema.json')
writeFileSync(schema, '{"enum": ["red", "green"]}')

const plain = await startServer('-m', model)
const body = { prompt: 'Hello', n_predict: 24, seed: 7, temperature: 2, repeat_penalty: 1 }
/** What the plain server writes, as text and token ids. */
const usual = (await post(plain.url, '/completion', { ...body, return_tokens: true })).json

/** Flags, and the fields that say the same. */
const cases: readonly (readonly [flags: readonly string[], fields: Readonly<Record<string, unknown>>])[] = [
  [['--samplers', 'top_k;temperature'], { samplers: ['top_k', 'temperature'] }],
  [['--sampler-seq', 'tk'], { samplers: ['temperature', 'top_k'] }],
  [['--ignore-eos'], { ignore_eos: true }],
  [['-l', `${usual.tokens[0]}-inf`], { logit_bias: [[usual.tokens[0], false]] }],
  [
    ['--dry-sequence-breaker', 'none', '--dry-multiplier', '5'],
    { dry_sequence_breakers: ['\u0001\u0002'], dry_multiplier: 5 },
  ],
  [['-r', usual.content[2]], { stop: [usual.content[2]] }],
  [['--grammar', 'root ::= "yes" | "no"'], { grammar: 'root ::= "yes" | "no"' }],
  [['--grammar-file', yes], { grammar: 'root ::= "yes" | "no"\n' }],
  [['-j', '{"enum": ["red", "green"]}'], { json_schema: { enum: ['red', 'green'] } }],
  [['-jf', schema], { json_schema: { enum: ['red', 'green'] } }],
  [['--no-cache-prompt'], { cache_prompt: false }],
]

test('a server with the flag answers what another one answers to a request with the field', async () => {
  for (const [flags, fields] of cases) {
    const server = await startServer('-m', model, ...flags)
    const line = flags.join(' ')
    const { status, json } = await post(server.url, '/completion', body)
    assert.equal(status, 200, line)
    const asked = (await post(plain.url, '/completion', { ...body, ...fields })).json
    assert.deepEqual([json.content, json.stop_type], [asked.content, asked.stop_type], line)
    for (const name of Object.keys(fields)) {
      if (name === 'dry_sequence_breakers') continue
      if (!(name in asked.generation_settings)) continue
      assert.deepEqual(json.generation_settings[name], asked.generation_settings[name], `${line}: ${name}`)
    }
    await server.stop()
  }
})

test('--no-cache-prompt computes a prompt again, and cache_prompt in a request does not', async () => {
  const server = await startServer('-m', model, '--no-cache-prompt')
  const cached = async (more: object) =>
    (await post(server.url, '/completion', { prompt: 'Once upon a time', n_predict: 1, ...more })).json.timings.cache_n
  assert.deepEqual([await cached({}), await cached({})], [0, 0])
  assert.ok((await cached({ cache_prompt: true })) > 0)
  await server.stop()
})

test('a request with a grammar, a schema or a format of its own has none of the server', async () => {
  const server = await startServer('-m', model, '-j', '{"enum": ["red", "green"]}')
  after(server.stop)
  const own = { grammar: 'root ::= "yes"' }
  assert.equal((await post(server.url, '/completion', { ...body, ...own })).json.content, 'yes')
  const schemaOfRequest = { json_schema: { const: 'blue' } }
  assert.equal((await post(server.url, '/completion', { ...body, ...schemaOfRequest })).json.content, '"blue"')
  const messages = [{ role: 'user', content: 'Hi' }]
  const chat = async (more: object) =>
    (await post(server.url, '/v1/chat/completions', { messages, max_tokens: 24, ...more })).json.choices[0].message
  assert.match((await chat({})).content, /^"(red|green)"$/)
  const format = { type: 'json_schema', json_schema: { name: 'x', schema: { const: 'blue' } } }
  assert.equal((await chat({ response_format: format })).content, '"blue"')
})

test('--chat-template-kwargs are variables of every chat, and a request adds its own', async () => {
  const template = '{{ messages[0].content }}|{{ mood }}|{{ tone }}'
  const kwargs = '{"mood": "glad", "tone": 1}'
  const server = await startServer('-m', model, '--chat-template', template, '--chat-template-kwargs', kwargs)
  after(server.stop)
  const prompt = async (more: object) =>
    (await post(server.url, '/apply-template', { messages: [{ role: 'user', content: 'Hi' }], ...more })).json.prompt
  assert.equal(await prompt({}), 'Hi|glad|1')
  assert.equal(await prompt({ chat_template_kwargs: { tone: 'low' } }), 'Hi|glad|low')
})

test('a value that no request could have ends the start with the flag, the value and the rule', async () => {
  const bad: readonly (readonly [readonly string[], RegExp])[] = [
    [['--grammar', 'root ::= "a'], /^cria: --grammar: line 1, column \d+: /],
    [['-l', '999999+1'], /^cria: -l: 999999 /],
    [['-j', '{"type": "nothing"}'], /^cria: -j: .*nothing/],
    [['--grammar', 'root ::= "a"', '-j', '{}'], /^cria: --grammar: .*json.schema/i],
  ]
  for (const [flags, sentence] of bad) {
    const { code, stderr } = await run(['-m', model, '--port', '0', ...flags])
    assert.equal(code, 1, flags.join(' '))
    assert.match(stderr, sentence)
  }
})

test('/props tells the defaults that the flags set', async () => {
  const server = await startServer('-m', model, '--samplers', 'top_k', '--ignore-eos')
  after(server.stop)
  const { params } = (await get(server.url, '/props')).json.default_generation_settings
  assert.deepEqual([params.samplers, params.ignore_eos], [['top_k'], true])
})
