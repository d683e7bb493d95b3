// A real embedding model, all-MiniLM-L6-v2, from its weights to a client: what is alike, and what llama-server says of it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { minilm } from '../support/minilm.ts'
import { openaiPython } from '../support/openai-python.ts'
import { type Json, post, startServer } from '../support/server.ts'
import { assertAlike, cosine, floatsOf, norm } from '../support/vectors.ts'

const run = promisify(execFile)

const recorded = JSON.parse(readFileSync(new URL('recorded/embeddings.json', import.meta.url), 'utf8'))
const model = await minilm()
const skip = 'missing' in model ? model.missing : false
const server = 'missing' in model ? undefined : await startServer('-m', model.model, '--embedding', '-a', 'minilm')
const python = await openaiPython()

const paraphrases = [
  ['A man is playing a guitar.', 'Someone is playing the guitar.'],
  ['How old are you?', 'What is your age?'],
  ['The cat sleeps on the sofa.', 'A cat is asleep on the couch.'],
  ['She bought a new car yesterday.', 'Yesterday she purchased a new car.'],
  ['The weather is lovely today.', 'It is so sunny and nice outside today.'],
  ['How do I reset my password?', 'I forgot my password, how can I change it?'],
] as const

const unrelated = [
  ['A man is playing a guitar.', 'The stock market fell sharply on Monday.'],
  ['How old are you?', 'Photosynthesis turns light into sugar.'],
  ['The cat sleeps on the sofa.', 'The parliament passed a new tax law.'],
  ['She bought a new car yesterday.', 'Bacteria multiply in warm water.'],
  ['The weather is lovely today.', 'The proof uses induction over the natural numbers.'],
  ['How do I reset my password?', 'A recipe for tomato soup with basil.'],
] as const

async function embed(input: readonly string[]): Promise<number[][]> {
  const { status, json } = await post(server!.url, '/v1/embeddings', { input })
  assert.equal(status, 200, JSON.stringify(json))
  return json.data.map((one: Json) => one.embedding)
}

test('sentences that say the same are alike, and those that do not are not', { skip }, async () => {
  const all = [...paraphrases, ...unrelated].flat()
  const vectors = await embed(all)
  const alike = (i: number) => cosine(vectors[2 * i]!, vectors[2 * i + 1]!)
  for (const [i, pair] of paraphrases.entries()) assert.ok(alike(i) > 0.7, `${alike(i)}: ${pair.join(' | ')}`)
  for (const [i, pair] of unrelated.entries()) {
    const value = alike(paraphrases.length + i)
    assert.ok(value < 0.3, `${value}: ${pair.join(' | ')}`)
  }
})

test('the tokens and vectors are those of llama-server', { skip }, async () => {
  if ('missing' in model) return
  const own = createHash('sha256').update(readFileSync(model.model)).digest('hex')
  assert.equal(own, recorded.modelSha256, 'another model than the answers were recorded with')
  const texts = recorded.texts.map(({ text }: Json) => text)
  const { json } = await post(server!.url, '/v1/embeddings', { input: texts })
  assert.equal(json.usage.prompt_tokens, recorded.nTokens)
  for (const [i, { text, vector }] of recorded.texts.entries()) {
    assertAlike(json.data[i].embedding, floatsOf(vector), text)
    assert.ok(Math.abs(norm(json.data[i].embedding) - 1) < 1e-5)
  }
})

test("OpenAI's library for Python reads floats, and base64, which it asks for by itself", { skip }, async (t) => {
  if ('missing' in python) return t.skip(python.missing)
  const script = `
import json
from openai import OpenAI
client = OpenAI(base_url=${JSON.stringify(`${server!.url}/v1`)}, api_key="sk-no-key-required", max_retries=0)
texts = ["A man is playing a guitar.", "How old are you?"]
unasked = client.embeddings.create(model="minilm", input=texts)
floats = client.embeddings.create(model="minilm", input=texts, encoding_format="float")
print(json.dumps([unasked.model_dump(), floats.model_dump()]))
`
  const { stdout } = await run(python.python, ['-c', script])
  const [unasked, floats] = JSON.parse(stdout)
  const expected = await embed(['A man is playing a guitar.', 'How old are you?'])
  for (const answer of [unasked, floats]) {
    assert.equal(answer.model, 'minilm')
    assert.equal(answer.usage.prompt_tokens, answer.usage.total_tokens)
    for (const [i, vector] of expected.entries()) assertAlike(answer.data[i].embedding, vector)
  }
})
