// /json-schema-to-grammar.mjs as the server sends it, imported into Node.js and used as a page would.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schemaToGrammar } from '../../../src/grammar/json-schema/json-schema.ts'
import type * as Module from '../../../web/lib/json-schema-to-grammar.ts'
import { startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '--api-key', 'key')
const source = await (await fetch(`${url}/json-schema-to-grammar.mjs`)).text()
const module: typeof Module = await import(`data:text/javascript,${encodeURIComponent(source)}`)
const { SchemaConverter, SchemaError } = module

const schema = {
  type: 'object',
  properties: { name: { enum: ['ada', 'bob'] }, age: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['name', 'age'],
}

test('it is a module, open without a key, with its types beside it', async () => {
  const { headers } = await fetch(`${url}/json-schema-to-grammar.mjs`)
  assert.equal(headers.get('content-type'), 'application/javascript; charset=utf-8')
  const types = await fetch(`${url}/json-schema-to-grammar.d.mts`)
  assert.equal(types.headers.get('content-type'), 'text/typescript; charset=utf-8')
  const text = await types.text()
  for (const name of Object.keys(module)) assert.match(text, new RegExp(`export declare \\w+ ${name}\\b`))
  assert.doesNotMatch(text, /from '\.\.?\//, 'the types need no other file')
})

test('schemaToGrammar() makes the grammar that the server makes of the schema, and the server takes it', async () => {
  const grammar = module.schemaToGrammar(schema, { propOrder: ['age'] })
  assert.equal(grammar, schemaToGrammar(schema, { propOrder: ['age'] }).grammar)
  const headers = { 'x-api-key': 'key' }
  const body = JSON.stringify({ prompt: 'x', grammar, n_predict: 60 })
  const response = await fetch(`${url}/completion`, { method: 'POST', headers, body })
  assert.equal(response.status, 200)
  const answer = JSON.parse(((await response.json()) as { content: string }).content)
  assert.deepEqual(Object.keys(answer), ['age', 'name'])
  assert.ok(['ada', 'bob'].includes(answer.name) && answer.age >= 1 && answer.age <= 9, JSON.stringify(answer))
})

test("SchemaConverter takes the order as today's module of llama.cpp does, and as that of 2024 did", async () => {
  const grammars = []
  for (const options of [{ prop_order: { age: 0, name: 1 } }, { age: 0, name: 1 }]) {
    const converter = new SchemaConverter(options)
    assert.equal(converter.visit(await converter.resolveRefs(schema, 'schema.json'), ''), 'root')
    grammars.push(converter.formatGrammar())
  }
  assert.deepEqual(grammars, Array(2).fill(schemaToGrammar(schema, { propOrder: ['age', 'name'] }).grammar))
  assert.notEqual(new SchemaConverter().visit({ type: 'string' }, 'text'), 'root')
})

test('what no grammar can follow is an error that names the place, an option that is not there one that names it', () => {
  const refused = { properties: { a: { pattern: '(a)\\1' } } }
  const isRefusal = (error: unknown) =>
    error instanceof SchemaError && /^#\/properties\/a\/pattern: /.test(error.message)
  assert.throws(() => module.schemaToGrammar(refused), isRefusal)
  assert.throws(() => new SchemaConverter().visit(refused), isRefusal)
  const options = { prop_order: {}, allow_fetch: true } as object
  assert.throws(() => new SchemaConverter(options), { name: 'TypeError', message: /no option "allow_fetch"/ })
})
