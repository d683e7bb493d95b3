import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyAdapter } from '../../support/tiny-adapters.ts'
import { BERT_CONTEXT, BERT_WIDTH, tinyBert } from '../../support/tiny-bert.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertAlike, cosine, norm } from '../../support/vectors.ts'

const llama = await startServer('-m', tinyModel('tiny-llama'), '--embedding', '-c', '256', '-a', 'tiny')
const bert = await startServer('-m', tinyBert('tiny-bert'), '--embeddings', '-ub', '64')
const none = await startServer('-m', tinyModel('tiny-llama'), '--embedding', '--pooling', 'none', '-c', '256')
const off = await startServer('-m', tinyModel('tiny-llama'), '-c', '256')

const texts = ['The sea was blue', 'one more day', 'there is no way to go down the long way']

async function ask(path: string, body: object, { url } = llama): Promise<Json> {
  const { status, json } = await post(url, path, body)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(
  path: string,
  body: unknown,
  { url } = llama,
): Promise<{ status: number; message: string; error: Json }> {
  const { status, json } = await post(url, path, body)
  return { status, message: json.error?.message, error: json.error }
}

const native = async (content: unknown, of = llama) => (await ask('/embedding', { content }, of)).embedding as number[]

describe('POST /embedding, the specification', () => {
  it('answers one text with its vector, as the model makes it', async () => {
    const { embedding, ...rest } = await ask('/embedding', { content: texts[0] })
    assert.deepEqual(rest, {})
    assert.equal(embedding.length, 64)
    assert.ok(Math.abs(norm(embedding) - 1) > 0.1, 'it is not normalized')
  })

  it('answers several texts with their results, in their order', async () => {
    const { results } = await ask('/embedding', { content: texts })
    assert.equal(results.length, texts.length)
    for (const [i, text] of texts.entries()) assertAlike(results[i].embedding, await native(text), text)
    assert.ok(cosine(results[0].embedding, results[1].embedding) < 0.99)
  })

  it('takes token ids, and a mix of both', async () => {
    const { tokens } = (await post(llama.url, '/tokenize', { content: texts[0], add_special: true })).json
    assertAlike(await native(tokens), await native(texts[0]))
    assertAlike(await native([texts[0], ...tokens.slice(1)]), await native([...tokens, ...tokens.slice(1)]))
    const { results } = await ask('/embedding', { content: [tokens, texts[0]] })
    assertAlike(results[0].embedding, results[1].embedding)
  })

  it("is the vector of the last token: that of pooling none's last row", async () => {
    const rows = await native(texts[2], none)
    assertAlike(await native(texts[2]), rows.at(-1) as unknown as number[])
  })

  it('is scaled when the request says how', async () => {
    const scaled = (await ask('/embedding', { content: texts[0], embd_normalize: 1 })).embedding
    assert.ok(Math.abs(norm(scaled, 1) - 1) < 1e-5)
    assertAlike(scaled, await native(texts[0]))
  })

  it('with pooling none answers the vectors of all tokens', async () => {
    const { tokens } = (await post(none.url, '/tokenize', { content: texts[0], add_special: true })).json
    const { embedding } = await ask('/embedding', { content: texts[0] }, none)
    assert.equal(embedding.length, tokens.length)
    assert.ok(embedding.every((row: number[]) => row.length === 64))
    const { results } = await ask('/embedding', { content: texts }, none)
    assert.deepEqual(
      results[0].embedding.map((row: number[]) => row.length),
      embedding.map(() => 64),
    )
  })
})

describe('POST /embeddings, llama-server', () => {
  it('answers a list, the vectors normalized and each in a list', async () => {
    const [one, ...others] = await ask('/embeddings', { content: texts[0] })
    assert.equal(others.length, 0)
    assert.equal(one.index, 0)
    assert.equal(one.embedding.length, 1)
    assert.ok(Math.abs(norm(one.embedding[0]) - 1) < 1e-5)
    assertAlike(one.embedding[0], await native(texts[0]))
    const several = await ask('/embeddings', { input: texts })
    assert.deepEqual(
      several.map(({ index }: Json) => index),
      [0, 1, 2],
    )
  })

  it('with pooling none answers the vectors of all tokens, not normalized', async () => {
    const [{ embedding }] = await ask('/embeddings', { content: texts[0] }, none)
    assert.ok(embedding.length > 3)
    for (const row of embedding) assert.ok(Math.abs(norm(row) - 1) > 1e-3)
  })
})

describe('POST /v1/embeddings, OpenAI', () => {
  it('answers a list of objects, normalized, with usage', async () => {
    const { data, ...rest } = await ask('/v1/embeddings', { input: texts, model: 'text-embedding-3-small', user: 'me' })
    const counts = await Promise.all(
      texts.map(
        async (content) => (await post(llama.url, '/tokenize', { content, add_special: true })).json.tokens.length,
      ),
    )
    const nTokens = counts.reduce((a, b) => a + b)
    const usage = { prompt_tokens: nTokens, total_tokens: nTokens }
    assert.deepEqual(rest, { object: 'list', model: 'tiny', usage })
    for (const [i, { embedding, ...others }] of data.entries()) {
      assert.deepEqual(others, { object: 'embedding', index: i })
      assert.ok(Math.abs(norm(embedding) - 1) < 1e-5)
      assertAlike(embedding, await native(texts[i]), texts[i])
    }
  })

  it('takes a string, a list with one, token ids, and lists of token ids', async () => {
    const ids = [300, 301, 302]
    const vector = async (input: unknown) =>
      (await ask('/v1/embeddings', { input })).data.map((one: Json) => one.embedding)
    assert.deepEqual(await vector('one'), await vector(['one']))
    const [lone] = await vector(ids)
    const both = await vector([ids, [303]])
    assert.equal(both.length, 2)
    assertAlike(both[0], lone)
  })

  it('base64 has the same numbers as 32-bit floats', async () => {
    const [{ embedding: floats }] = (await ask('/v1/embeddings', { input: 'a day', encoding_format: 'float' })).data
    const [{ embedding }] = (await ask('/v1/embeddings', { input: 'a day', encoding_format: 'base64' })).data
    const bytes = Buffer.from(embedding, 'base64')
    assert.deepEqual(
      Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
      floats,
    )
  })

  it('takes `dimensions` that the vectors have, and no others', async () => {
    assert.equal((await ask('/v1/embeddings', { input: 'a', dimensions: 64 })).data[0].embedding.length, 64)
    const { status, message } = await refused('/v1/embeddings', { input: 'a', dimensions: 32 })
    assert.equal(status, 400)
    assert.equal(message, 'Cannot read "dimensions": 32 is not 64, which is the length of this model\'s vectors')
  })

  it('refuses pooling none, which has no one vector', async () => {
    const { status, message } = await refused('/v1/embeddings', { input: 'a' }, none)
    assert.equal(status, 400)
    assert.match(message, /--pooling none.*\/embeddings/)
  })
})

describe('many inputs', () => {
  it('are answered in their order, whatever the order in which they are computed', async () => {
    const inputs = Array.from({ length: 120 }, (_, i) => `${'day after '.repeat(i % 7)}one ${texts[i % 3]}`)
    const { data } = await ask('/v1/embeddings', { input: inputs })
    assert.equal(data.length, 120)
    for (const i of [0, 5, 63, 64, 118, 119]) assertAlike(data[i].embedding, await native(inputs[i]), inputs[i])
  })

  it('that are equal have equal vectors, to the last bit', async () => {
    const inputs = ['one day', 'the sea was blue', 'one day', [1, 300, 301], 'one day', [1, 300, 301]]
    const { data, usage } = await ask('/v1/embeddings', { input: inputs })
    for (const [i, j] of [
      [0, 2],
      [0, 4],
      [3, 5],
    ] as const)
      assert.deepEqual(data[i].embedding, data[j].embedding)
    assert.notDeepEqual(data[0].embedding, data[1].embedding)
    const alone = await ask('/v1/embeddings', { input: inputs.slice(0, 2) })
    assert.ok(usage.prompt_tokens > alone.usage.prompt_tokens, 'all are counted')
  })

  it('of a model that only encodes as well', async () => {
    const inputs = Array.from({ length: 100 }, (_, i) => `${'day after '.repeat(i % 7)}one ${texts[i % 3]}`)
    const { data } = await ask('/v1/embeddings', { input: inputs }, bert)
    for (const i of [0, 6, 50, 99]) assertAlike(data[i].embedding, await native(inputs[i], bert), inputs[i])
  })
})

describe('a model that only encodes', () => {
  it('gives the mean of all vectors, as its file says', async () => {
    const all = await startServer('-m', tinyBert('tiny-bert'), '--embedding', '--pooling', 'none')
    const rows: number[][] = (await ask('/embedding', { content: texts[0] }, all)).embedding
    const mean = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length)
    assertAlike(await native(texts[0], bert), mean)
    for (const [pooling, row] of [
      ['cls', rows[0]!],
      ['last', rows.at(-1)!],
    ] as const) {
      const one = await startServer('-m', tinyBert('tiny-bert'), '--embedding', '--pooling', pooling)
      assertAlike(await native(texts[0], one), row, pooling)
    }
  })

  it('whose file says nothing of itself is found out, and pooled by the mean', async () => {
    const plain = await startServer('-m', tinyBert('tiny-bert-plain'), '--embedding')
    assertAlike(await native(texts[1], plain), await native(texts[1], bert))
  })

  it('refuses whatever generates, and stays', async () => {
    const routes = ['/completion', '/infill', '/v1/completions', '/slots/0?action=erase']
    for (const path of routes) {
      const { status, message } = await refused(path, {}, bert)
      assert.equal(status, 400, path)
      assert.match(message, /is an encoder/)
    }
    const chat = await refused('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }, bert)
    assert.equal(chat.status, 400)
    assert.equal((await native('a', bert)).length, BERT_WIDTH)
  })

  it('is told by /props, /v1/models and /tokenize like any other', async () => {
    const props = (await get(bert.url, '/props')).json
    assert.equal(props.total_slots, 0)
    assert.deepEqual(props.embeddings, { pooling: 'mean', n_embd: BERT_WIDTH, n_tokens_max: 64 })
    const { models } = (await get(bert.url, '/v1/models')).json
    assert.deepEqual(models[0].capabilities, ['embedding'])
    assert.deepEqual((await get(bert.url, '/slots')).json, [])
    const { tokens } = (await post(bert.url, '/tokenize', { content: 'a way', add_special: true })).json
    assert.equal((await post(bert.url, '/detokenize', { tokens })).status, 200)
  })
})

describe('flags', () => {
  it('--embd-normalize says how /embeddings and /v1/embeddings scale, and /embedding stays as it is', async () => {
    const one = await startServer('-m', tinyBert('tiny-bert'), '--embedding', '--embd-normalize', '0')
    const largest = (vector: number[]) => Math.max(...vector.map(Math.abs))
    assert.equal(largest((await ask('/v1/embeddings', { input: 'a' }, one)).data[0].embedding), 32_760)
    assert.equal(largest((await ask('/embeddings', { input: 'a' }, one))[0].embedding[0]), 32_760)
    assertAlike(await native('a', one), await native('a', bert))
    assert.ok(largest(await native('a', one)) < 100)
  })

  it('--pooling without --embedding is told to have no effect', async () => {
    const one = await startServer('-m', tinyModel('tiny-llama'), '-c', '128', '--pooling', 'mean')
    assert.match(one.output(), /WARN.*--pooling has no effect without --embedding/)
  })

  it('what the context takes is said at the start', () => {
    assert.match(llama.output(), /embeddings of 64 numbers, pooling last, of up to 256 tokens: a context of \d+ MiB/)
  })
})

describe('LoRA adapters', () => {
  it('change vectors as they change completions, from the moment that their scale does', async () => {
    const one = await startServer(
      '-m',
      tinyModel('tiny-llama'),
      '--embedding',
      '-c',
      '128',
      '--lora',
      tinyAdapter('embed'),
    )
    const set = (scale: number) => post(one.url, '/lora-adapters', [{ id: 0, scale }])
    const strong = await native(texts[0], one)
    assert.equal((await set(0)).status, 200)
    assertAlike(await native(texts[0], one), await native(texts[0]), 'off')
    assert.ok(cosine(strong, await native(texts[0])) < 0.99, 'on')
    await set(1)
    assertAlike(await native(texts[0], one), strong, 'on again')
  })
})

describe('what cannot be embedded', () => {
  it('more inputs than a request may have, with both numbers', async () => {
    for (const path of ['/embedding', '/v1/embeddings']) {
      const { status, error } = await refused(path, { input: Array.from({ length: 2049 }, () => 'a') })
      assert.equal(status, 400)
      const message = 'Cannot read "input": 2049 in one request are more than 2048; send several requests'
      assert.equal(error.message, message)
    }
  })

  it('a text that is longer than the context, with both numbers', async () => {
    for (const path of ['/embedding', '/embeddings', '/v1/embeddings']) {
      const { status, error } = await refused(path, { input: ['a', 'a '.repeat(400)] })
      assert.equal(status, 400)
      assert.equal(error.type, 'exceed_context_size_error')
      assert.equal(error.n_ctx, 256)
      const what = `it is too large, with ${error.n_prompt_tokens} tokens: the context holds 256; try a larger -c`
      assert.equal(error.message, `Cannot read "input[1]": ${what}`)
    }
  })

  it('a text that is longer than what is computed at once, where it must be', async () => {
    const { status, error } = await refused('/embedding', { content: 'a '.repeat(80) }, bert)
    assert.equal(status, 400)
    assert.equal(error.n_ctx, 64)
    assert.match(error.message, /^Cannot read "content": .* -ub allows 64; try a larger -ub and -b$/)
    const roomy = await startServer('-m', tinyBert('tiny-bert'), '--embedding')
    const long = await refused('/embedding', { content: 'a '.repeat(200) }, roomy)
    assert.match(long.message, new RegExp(`the model takes ${BERT_CONTEXT}$`))
    assert.equal((await native('a '.repeat(BERT_CONTEXT - 2), roomy)).length, BERT_WIDTH)
  })

  it('a value of another type, in a sentence', async () => {
    const cases: [string, unknown, string][] = [
      ['/embedding', {}, '"content" is missing'],
      ['/embedding', { content: null }, '"content" is missing'],
      ['/v1/embeddings', {}, '"input" is missing'],
      ['/v1/embeddings', { input: [] }, 'Cannot read "input": it is empty'],
      ['/v1/embeddings', { input: 7 }, 'Cannot read "input": 7 is not a text, nor a list of texts'],
      ['/v1/embeddings', { input: [1.5] }, 'Cannot read "input": [1.5] is not a text, nor a list of texts'],
      ['/v1/embeddings', { input: [[]] }, 'Cannot read "input[0]": it is empty'],
      [
        '/v1/embeddings',
        { input: 'a', encoding_format: 'hex' },
        'Cannot read "encoding_format": "hex" is not one of float, base64',
      ],
      ['/v1/embeddings', { input: 'a', dimensions: 0 }, 'Cannot read "dimensions": 0 is not 1 or more'],
      ['/embedding', { content: 'a', embd_normalize: -2 }, 'Cannot read "embd_normalize": -2 is not in [-1, 1000]'],
      [
        '/embedding',
        { content: 'a', input: 'b' },
        'Cannot read "input": "b" is not what its other spelling "content" says, "a"',
      ],
      [
        '/embedding',
        { content: 'a', image_data: {} },
        'Cannot read "image_data": {} is not an array of {"data", "id"}',
      ],
    ]
    for (const [path, body, message] of cases) {
      const answer = await refused(path, body)
      assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`)
      assert.equal(answer.message, message)
    }
    const { status, message } = await refused('/embedding', { content: ['a', [700]] })
    assert.equal(status, 400)
    assert.match(message, /^Cannot read "content": 700 is not a token id of this model/)
  })

  it('pictures, where the server has no eyes', async () => {
    const body = { content: '[img-1] a', image_data: [{ data: '', id: 1 }] }
    const { status, message } = await refused('/embedding', body)
    assert.equal(status, 400)
    assert.match(message, /image_data.*without --mmproj/)
  })

  it('anything without --embedding', async () => {
    for (const path of ['/embedding', '/embeddings', '/v1/embeddings']) {
      const { status, message, error } = await refused(path, { input: 'a' }, off)
      assert.equal(status, 400)
      assert.equal(error.type, 'not_supported_error')
      assert.equal(message, 'This server does not support embeddings. Start it with `--embeddings`')
    }
  })
})
