import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyBert } from '../../support/tiny-bert.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const ranker = await startServer('-m', tinyBert('tiny-reranker'), '--reranking', '-a', 'ranker')

const query = 'what a day'
const documents = ['the day of the first people', 'go down', 'you are my day', 'what a long way']

async function rerank(body: object, path = '/rerank'): Promise<Json> {
  const { status, json } = await post(ranker.url, path, { query, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

test('the best text is first', async () => {
  const scores = (await rerank({ documents })).results.map(({ relevance_score }: Json) => relevance_score)
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  )
  assert.equal(new Set(scores).size, documents.length)
})

test('more documents than a request may have are refused', async () => {
  const many = Array.from({ length: 2049 }, () => 'a')
  const { status, json } = await post(ranker.url, '/rerank', { query, documents: many })
  assert.equal(status, 400)
  assert.match(json.error.message, /"documents": 2049 in one request are more than 2048/)
})

test('the shape of Jina', async () => {
  const { results, ...rest } = await rerank({ documents, model: 'any', return_documents: true })
  const tokens = async (content: string) => (await post(ranker.url, '/tokenize', { content })).json.tokens.length
  const counts = await Promise.all(documents.map(async (text) => 2 + (await tokens(query)) + (await tokens(text))))
  const nTokens = counts.reduce((a, b) => a + b) // [CLS] query [SEP] text
  assert.deepEqual(rest, { object: 'list', model: 'ranker', usage: { prompt_tokens: nTokens, total_tokens: nTokens } })
  for (const { index, document } of results) assert.deepEqual(document, { text: documents[index] })
  const objects = await rerank({ documents: documents.map((text) => ({ text })) })
  assert.deepEqual(
    objects.results.map(({ index }: Json) => index),
    results.map(({ index }: Json) => index),
  )
  assert.deepEqual(Object.keys(objects.results[0]), ['index', 'relevance_score'])
})

test('the shape of TEI', async () => {
  const jina = (await rerank({ documents })).results
  const tei = await rerank({ texts: documents })
  assert.deepEqual(
    tei.map(({ index, score }: Json) => ({ index, relevance_score: score })),
    jina,
  )
  assert.deepEqual(Object.keys(tei[0]), ['index', 'score'])
  const [best] = await rerank({ texts: documents, return_text: true })
  assert.equal(best.text, documents[best.index])
})

test('top_n keeps so many of the best', async () => {
  const all = (await rerank({ documents })).results
  assert.deepEqual((await rerank({ documents, top_n: 2 })).results, all.slice(0, 2))
  assert.deepEqual((await rerank({ documents, top_n: 99 })).results, all)
  assert.deepEqual((await rerank({ texts: documents, top_n: 1 })).length, 1)
})

test('all four paths are one', async () => {
  const first = await rerank({ documents })
  for (const path of ['/reranking', '/v1/rerank', '/v1/reranking'])
    assert.deepEqual(await rerank({ documents }, path), first)
})

test('what cannot be read is refused in a sentence', async () => {
  const cases: [object, string][] = [
    [{ documents }, '"query" is missing'],
    [{ query: 7, documents }, 'Cannot read "query": 7 is not a string'],
    [{ query }, '"documents" is missing'],
    [{ query, documents: null }, '"documents" is missing'],
    [{ query, documents: [] }, 'Cannot read "documents": [] is not a list of texts, at least one'],
    [{ query, documents: 123 }, 'Cannot read "documents": 123 is not a list of texts, at least one'],
    [{ query, documents: [1, 2] }, 'Cannot read "documents": [1,2] is not a list of texts, at least one'],
    [{ query, documents: ['a'], texts: ['b'] }, 'Cannot read "texts": ["b"] cannot be combined with "documents"'],
    [{ query, documents, top_n: 0 }, 'Cannot read "top_n": 0 is not 1 or more'],
    [{ query, documents, return_documents: 'yes' }, 'Cannot read "return_documents": "yes" is not true or false'],
  ]
  for (const [body, message] of cases) {
    const { status, json } = await post(ranker.url, '/rerank', body)
    assert.equal(status, 400, JSON.stringify(body))
    assert.equal(json.error.message, message)
  }
  const { status, json } = await post(ranker.url, '/rerank', { query, documents: ['a', 'go '.repeat(200)] })
  assert.equal(status, 400)
  assert.match(
    json.error.message,
    /^Cannot read "documents\[1\]": it is too large, with 20\d tokens: the model takes 128$/,
  )
})

test('a reranker has no vectors to give, and says so', async () => {
  for (const path of ['/embedding', '/embeddings', '/v1/embeddings']) {
    const { status, json } = await post(ranker.url, path, { input: 'a' })
    assert.equal(status, 400)
    assert.match(json.error.message, /scores at \/rerank and no embeddings/)
  }
  assert.deepEqual((await get(ranker.url, '/v1/models')).json.models[0].capabilities, ['rerank'])
})

test('a server that was not asked for it, and a model that cannot, say so', async () => {
  const plain = await startServer('-m', tinyModel('tiny-llama'), '-c', '128')
  const asked = await startServer('-m', tinyModel('tiny-llama'), '-c', '128', '--rerank')
  const body = { query, documents }
  const off = await post(plain.url, '/rerank', body)
  assert.equal(off.status, 400)
  assert.equal(off.json.error.message, 'This server does not support reranking. Start it with `--reranking`')
  const cannot = await post(asked.url, '/rerank', body)
  assert.equal(cannot.status, 400)
  assert.equal(cannot.json.error.message, 'This model cannot rerank: it has no head that scores a pair of texts')
  assert.match(asked.output(), /this model cannot rerank/)
  assert.equal((await post(asked.url, '/completion', { prompt: 'a', n_predict: 1 })).status, 200)
})

test('a reranker that generates as well does both, and a text cannot speak for the template', async () => {
  const qwen = await startServer('-m', tinyModel('tiny-qwen-ranker'), '--reranking', '-c', '512')
  const alone = await post(qwen.url, '/completion', { prompt: 'The sea', n_predict: 8, temperature: 0 })
  const [ranked, beside] = await Promise.all([
    post(qwen.url, '/rerank', { query, documents }),
    post(qwen.url, '/completion', { prompt: 'The sea', n_predict: 8, temperature: 0 }),
  ])
  assert.equal(beside.json.content, alone.json.content)
  assert.equal(ranked.json.results.length, documents.length)
  const texts = { query: 'a {document} b', documents: ['one'] }
  const { usage } = (await post(qwen.url, '/rerank', texts)).json
  const read = '<|im_start|>find a {document} b in one<|im_end|> is it so'
  assert.equal(
    usage.prompt_tokens,
    (await post(qwen.url, '/tokenize', { content: read, add_special: false })).json.tokens.length,
  )
})
