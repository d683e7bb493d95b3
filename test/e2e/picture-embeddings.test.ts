// Pictures in what is embedded: their rows stand among the words, as in a prompt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { pictures } from '../support/pictures.ts'
import { type Json, post, startServer, type TestServer } from '../support/server.ts'
import { cacheDir } from '../support/smollm2.ts'
import { assertAlike, cosine } from '../support/vectors.ts'
import { VISION_PAIR_NAMES, visionPair } from '../support/vision-models.ts'

const library = await testVisionLibrary()
const skip = 'missing' in library ? library.missing : false
const base64 = (name: string) => Buffer.from(pictures[name]!).toString('base64')

type Pair = (typeof VISION_PAIR_NAMES)[number]

async function start(name: Pair, ...flags: string[]): Promise<TestServer> {
  const { model, mmproj } = visionPair(name)
  return startServer('-m', model, '--mmproj', mmproj, '--cache-dir', cacheDir, '--embedding', '-c', '2048', ...flags)
}

const servers = new Map<Pair, TestServer>()
const perToken = new Map<Pair, TestServer>()
if (!skip) {
  for (const name of VISION_PAIR_NAMES) {
    servers.set(name, await start(name))
    perToken.set(name, await start(name, '--pooling', 'none', '-b', '512'))
  }
}
const mean = skip ? undefined : await start('mlp', '--pooling', 'mean', '-b', '32', '-ub', '32')

async function embed(body: object, server: TestServer): Promise<Json> {
  const { status, json } = await post(server.url, '/embedding', body)
  assert.equal(status, 200, JSON.stringify(json))
  return json.results ?? json.embedding
}

const about = (name: string, content = 'Look at [img-12] well') => ({
  content,
  image_data: [{ data: base64(name), id: 12 }],
})

for (const name of VISION_PAIR_NAMES) {
  test(`${name}: a picture is part of the vector, wherever its mark stands`, { skip }, async () => {
    const server = servers.get(name)!
    const wide = await embed(about('wide PNG'), server)
    assertAlike(await embed(about('wide PNG'), server), wide, 'again')
    assert.ok(cosine(wide, await embed(about('wide JPEG'), server)) < 0.99999, 'another picture')
    assert.ok(cosine(wide, await embed({ content: 'Look at well' }, server)) < 0.999, 'no picture')
    const marked = { prompt_string: 'Look at <__media__> well', multimodal_data: [base64('wide PNG')] }
    assertAlike(await embed({ content: marked }, server), wide, 'the form of llama-server')
    const rows = await embed(about('wide PNG'), perToken.get(name)!)
    assertAlike(rows.at(-1), wide, 'the last of all tokens')
  })
}

test('the mean is that of all tokens and rows of the picture, also in pieces', { skip }, async () => {
  const rows: number[][] = await embed(about('wide PNG'), perToken.get('mlp')!)
  const expected = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
  assertAlike(await embed(about('wide PNG'), mean!), expected)
})

test('a picture may end what is embedded', { skip }, async () => {
  for (const name of VISION_PAIR_NAMES) {
    const ending = await embed(about('wide PNG', 'Look at [img-12]'), servers.get(name)!)
    const rows = await embed(about('wide PNG', 'Look at [img-12]'), perToken.get(name)!)
    assertAlike(ending, rows.at(-1), name)
  }
})

test('several contents share the pictures, and a mark without one is refused', { skip }, async () => {
  const server = servers.get('mlp')!
  const contents = ['Look at [img-12] well', 'And [img-12] again']
  const results = await embed({ ...about('wide PNG'), content: contents }, server)
  assertAlike(results[0].embedding, await embed(about('wide PNG'), server))
  const wrong = await post(server.url, '/embedding', about('wide PNG', 'Look at [img-7]'))
  assert.equal(wrong.status, 400)
  assert.equal(wrong.json.error.message, 'Cannot read "content": "[img-7]" names no image of "image_data"')
  const broken = await post(server.url, '/embedding', { content: 'a', image_data: [{ data: 'bm8=', id: 1 }] })
  assert.equal(broken.status, 400)
  assert.match(broken.json.error.message, /image_data\[0\]/)
})
