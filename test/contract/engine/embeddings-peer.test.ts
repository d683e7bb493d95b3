// Vectors and scores of tiny models beside those that llama-server of the same release gives.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyBert } from '../../support/tiny-bert.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertAlike, floatsOf } from '../../support/vectors.ts'

const { tiny, ranked } = JSON.parse(readFileSync(new URL('recorded/embeddings-tiny.json', import.meta.url), 'utf8'))

for (const { model, pooling, texts, nTokens, modelSha256 } of tiny) {
  test(`${model}, pooling ${pooling}: the vectors of llama-server`, async () => {
    const path = model === 'tiny-bert' ? tinyBert(model) : tinyModel(model)
    assertSame(path, modelSha256)
    const pieces = model === 'tiny-bert' ? [] : ['-b', '32', '-ub', '16'] // llama-server had it all in one
    const server = await startServer('-m', path, '--embedding', '--pooling', pooling, '-c', '512', ...pieces)
    const { status, json } = await post(server.url, '/v1/embeddings', { input: texts.map(({ text }: Json) => text) })
    assert.equal(status, 200)
    assert.equal(json.usage.prompt_tokens, nTokens)
    for (const [i, { text, vector }] of texts.entries()) assertAlike(json.data[i].embedding, floatsOf(vector), text)
    await server.stop()
  })
}

for (const { model, query, documents, nTokens, results, modelSha256 } of ranked) {
  test(`${model}: the scores of llama-server`, async () => {
    const path = model === 'tiny-reranker' ? tinyBert(model) : tinyModel(model)
    assertSame(path, modelSha256)
    for (const pieces of [[], ['-b', '8', '-ub', '8']]) {
      if (model === 'tiny-reranker' && pieces.length > 0) continue // a pair is computed whole
      const server = await startServer('-m', path, '--reranking', '-c', '512', ...pieces)
      const { json } = await post(server.url, '/rerank', { query, documents })
      assert.equal(json.usage.prompt_tokens, nTokens)
      const order = (all: Json) => all.map(({ index }: Json) => index)
      assert.deepEqual(order(json.results), order(results))
      for (const [i, { relevance_score }] of json.results.entries()) {
        const expected = results[i].relevance_score
        assert.ok(Math.abs(relevance_score - expected) < 0.001, `${relevance_score} for ${expected}`)
      }
      await server.stop()
    }
  })
}

function assertSame(path: string, sha256: string): void {
  const own = createHash('sha256').update(readFileSync(path)).digest('hex')
  assert.equal(own, sha256, 'another model than the answers were recorded with')
}
