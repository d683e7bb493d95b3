// POST /v1/chat/completions: OpenAI's answer, whole and in chunks.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { get, type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const chat = await startServer('-m', tinyModel('tiny-chat'), '-np', '2', '--alias', 'tiny-chat')
const llama = await startServer('-m', tinyModel('tiny-llama'))
const messages = [{ role: 'user', content: 'Hello' }]
const imEnd = 260

async function ask(body: object, url = chat.url): Promise<Json> {
  const { status, json } = await post(url, '/v1/chat/completions', {
    messages,
    max_tokens: 12,
    temperature: 0,
    ...body,
  })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(body: object, status = 400, url = chat.url): Promise<Json> {
  const answer = await post(url, '/v1/chat/completions', { messages, max_tokens: 4, ...body })
  assert.equal(answer.status, status, JSON.stringify(answer.json))
  assert.ok([status, 'context_length_exceeded'].includes(answer.json.error.code))
  return answer.json.error
}

const chunksOf = (body: object, url = chat.url): Promise<Json[]> =>
  stream(url, '/v1/chat/completions', { messages, max_tokens: 12, temperature: 0, ...body })

const contentOf = (json: Json): string => json.choices[0].message.content

const textOf = (chunks: readonly Json[]): string =>
  chunks.map((chunk) => chunk.choices?.[0]?.delta.content ?? '').join('')

const nTokens = async (content: string, url = chat.url): Promise<number> =>
  (await post(url, '/tokenize', { content, add_special: true })).json.tokens.length

describe('the answer', () => {
  it("is OpenAI's", async () => {
    const json = await ask({})
    assert.match(json.id, /^chatcmpl-[A-Za-z0-9]{32}$/)
    assert.equal(json.object, 'chat.completion')
    assert.ok(Math.abs(json.created - Date.now() / 1000) < 60)
    assert.equal(json.model, 'tiny-chat')
    assert.equal(typeof json.system_fingerprint, 'string')
    assert.equal(json.choices.length, 1)
    const [choice] = json.choices
    assert.equal(choice.index, 0)
    assert.equal(choice.message.role, 'assistant')
    assert.equal(typeof choice.message.content, 'string')
    assert.notEqual(choice.message.content, '')
    assert.equal(choice.finish_reason, 'length')
  })

  it('counts tokens', async () => {
    const { usage } = await ask({ max_tokens: 5 })
    const prompt = '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n'
    assert.equal(usage.prompt_tokens, await nTokens(prompt))
    assert.equal(usage.completion_tokens, 5)
    assert.equal(usage.total_tokens, usage.prompt_tokens + 5)
    const again = await ask({ max_tokens: 5 })
    assert.equal(again.usage.prompt_tokens_details.cached_tokens, usage.prompt_tokens - 1)
  })

  it('has another id each time', async () => {
    assert.notEqual((await ask({})).id, (await ask({})).id)
  })

  it("is what the model's template makes of the messages", async () => {
    const several = [
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'And now?' },
    ]
    const turns = several.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`)
    const prompt = `${turns.join('')}<|im_start|>assistant\n`
    const { json } = await post(chat.url, '/completion', { prompt, n_predict: 12, temperature: 0, repeat_penalty: 1 })
    assert.equal(contentOf(await ask({ messages: several })), json.content)
    assert.equal(await nTokens(prompt), (await ask({ messages: several })).usage.prompt_tokens)
  })

  it('of a model without a template is that of ChatML, which ends at <|im_end|>', async () => {
    const prompt = '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n'
    const fields = { n_predict: 12, temperature: 0, repeat_penalty: 1 }
    const { json } = await post(llama.url, '/completion', { prompt, ...fields })
    assert.equal(contentOf(await ask({}, llama.url)), json.content)
    const ended = await ask({ grammar: 'root ::= "abc" "<|im_end|>" "def"', max_tokens: 40 }, llama.url)
    assert.equal(contentOf(ended), 'abc')
    assert.equal(ended.choices[0].finish_reason, 'stop')
  })

  it('is also at /chat/completions', async () => {
    const { status, json } = await post(chat.url, '/chat/completions', { messages, max_tokens: 12, temperature: 0 })
    assert.equal(status, 200)
    assert.equal(contentOf(json), contentOf(await ask({})))
  })

  it('takes any model name', async () => {
    assert.equal((await ask({ model: 'gpt-4o' })).model, 'tiny-chat')
  })
})

describe('finish_reason', () => {
  it('is stop at the end of the turn', async () => {
    const json = await ask({ logit_bias: { [imEnd]: 1000 } })
    assert.equal(json.choices[0].finish_reason, 'stop')
    assert.equal(contentOf(json), '')
  })

  it('is stop at a stop string, in a list or alone', async () => {
    const whole = contentOf(await ask({}))
    const word = whole.slice(8, 12)
    for (const stop of [word, [word], ['never said', word]]) {
      const json = await ask({ stop })
      assert.equal(json.choices[0].finish_reason, 'stop')
      assert.equal(contentOf(json), whole.slice(0, whole.indexOf(word)))
    }
  })

  it('is length after max_tokens or max_completion_tokens', async () => {
    for (const fields of [
      { max_tokens: 3 },
      { max_tokens: undefined, max_completion_tokens: 3 },
      { max_tokens: null, n_predict: 3 },
    ]) {
      const json = await ask(fields)
      assert.equal(json.usage.completion_tokens, 3)
      assert.equal(json.choices[0].finish_reason, 'length')
    }
    assert.equal((await ask({ max_completion_tokens: 12 })).usage.completion_tokens, 12, 'both, when they agree')
    const { message } = await refused({ max_tokens: 4, max_completion_tokens: 5 })
    assert.match(message, /"max_completion_tokens".*"max_tokens"/)
  })

  it('is length when the context is full', async () => {
    const json = await ask({ max_tokens: null, ignore_eos: true, temperature: 1, seed: 1 })
    assert.equal(json.choices[0].finish_reason, 'length')
    assert.equal(json.usage.total_tokens, 512)
  })
})

describe('a prompt that is too long', () => {
  it('is a 400 with both numbers', async () => {
    for (const stream of [false, true]) {
      const error = await refused({ messages: [{ role: 'user', content: 'people '.repeat(600) }], stream })
      assert.deepEqual([error.type, error.code], ['exceed_context_size_error', 'context_length_exceeded'])
      assert.equal(error.n_ctx, 512)
      assert.ok(error.n_prompt_tokens > 600)
      assert.match(error.message, new RegExp(`${error.n_prompt_tokens}.*512`))
    }
  })
})

describe('chunks', () => {
  it('are the text of the answer', async () => {
    assert.equal(textOf(await chunksOf({})), contentOf(await ask({})))
  })

  it('begin with the role, alone, and end with the reason and [DONE]', async () => {
    const all = await chunksOf({})
    assert.equal(all.at(-1), '[DONE]')
    const chunks = all.slice(0, -1)
    assert.equal(chunks[0].choices[0].delta.role, 'assistant')
    for (const chunk of chunks.slice(1)) assert.equal('role' in chunk.choices[0].delta, false)
    for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.choices[0].finish_reason, null)
    assert.deepEqual(chunks.at(-1).choices[0].delta, {})
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'length')
  })

  it('have one id, one time and one shape', async () => {
    const chunks = (await chunksOf({})).slice(0, -1)
    for (const chunk of chunks) {
      assert.equal(chunk.id, chunks[0].id)
      assert.equal(chunk.created, chunks[0].created)
      assert.equal(chunk.model, 'tiny-chat')
      assert.equal(chunk.object, 'chat.completion.chunk')
      assert.match(chunk.system_fingerprint, /^b/)
      assert.equal(chunk.choices.length, 1)
      assert.equal(chunk.choices[0].index, 0)
      assert.equal('usage' in chunk && chunk.usage !== null, false)
    }
  })

  it('end with usage when it is asked for', async () => {
    const all = await chunksOf({ stream_options: { include_usage: true } })
    const chunk = all.at(-2)
    assert.deepEqual(chunk.choices, [])
    assert.equal(chunk.usage.completion_tokens, 12)
    assert.equal(chunk.usage.total_tokens, chunk.usage.prompt_tokens + 12)
    assert.equal(all.at(-3).choices[0].finish_reason, 'length')
  })

  it('of an answer that ends at once are the role and the end', async () => {
    const all = await chunksOf({ logit_bias: { [imEnd]: 1000 } })
    assert.equal(textOf(all.slice(0, -1)), '')
    assert.deepEqual(
      all.slice(0, -1).map((chunk) => chunk.choices[0].finish_reason),
      [null, 'stop'],
    )
  })

  it('never show a stop string', async () => {
    const whole = contentOf(await ask({ max_tokens: 24 }))
    for (let start = 2; start < whole.length - 8; start += 5) {
      const stop = whole.slice(start, start + 8)
      const all = await chunksOf({ max_tokens: 24, stop })
      assert.equal(textOf(all.slice(0, -1)), whole.slice(0, whole.indexOf(stop)))
    }
  })

  it('hold whole characters', async () => {
    const logit_bias = Object.fromEntries([0xc3, 0xe3, 0xf0].map((byte) => [3 + byte, 5]))
    const all = await chunksOf({ logit_bias, max_tokens: 80, temperature: 1, seed: 1 })
    assert.match(textOf(all.slice(0, -1)), /[\u3040-\u30ff]/)
    for (const chunk of all.slice(0, -1)) assert.equal(textOf([chunk]).includes('\ufffd'), false)
  })
})

describe('logprobs', () => {
  it('are told for each token, with the likeliest beside it', async () => {
    const json = await ask({ logprobs: true, top_logprobs: 3 })
    const { content } = json.choices[0].logprobs
    assert.equal(content.length, 12)
    assert.equal(content.map(({ token }: Json) => token).join(''), contentOf(json))
    for (const { token, logprob, bytes, top_logprobs } of content) {
      assert.equal(Buffer.from(bytes).toString(), token)
      assert.ok(logprob <= 0)
      assert.equal(top_logprobs.length, 3)
      assert.equal(top_logprobs[0].token, token, 'greedy takes the likeliest')
      assert.equal(top_logprobs[0].logprob, logprob)
    }
  })

  it('alone have no alternatives', async () => {
    const { content } = (await ask({ logprobs: true })).choices[0].logprobs
    assert.equal(content.length, 12)
    for (const { top_logprobs } of content) assert.deepEqual(top_logprobs, [])
  })

  it('are not told when not asked for', async () => {
    const [choice] = (await ask({ logprobs: false })).choices
    assert.equal(choice.logprobs ?? null, null)
  })

  it('come with their chunks', async () => {
    const all = (await chunksOf({ logprobs: true, top_logprobs: 1 })).slice(0, -1)
    const tokens = all.flatMap((chunk) => chunk.choices[0].logprobs?.content ?? [])
    assert.equal(tokens.map(({ token }) => token).join(''), textOf(all))
  })

  it('top_logprobs needs logprobs and is at most 20', async () => {
    assert.match((await refused({ top_logprobs: 2 })).message, /"top_logprobs".*logprobs/)
    assert.match((await refused({ logprobs: true, top_logprobs: 21 })).message, /"top_logprobs".*21.*20/)
  })
})

describe('messages', () => {
  it('may have content in parts', async () => {
    const parts = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }]
    assert.equal(contentOf(await ask({ messages: parts })), contentOf(await ask({})))
  })

  it('may have no content, or null', async () => {
    for (const content of [undefined, null, '']) {
      const several = [...messages, { role: 'assistant', content }, ...messages]
      assert.equal((await ask({ messages: several })).choices.length, 1)
    }
  })

  it('may carry fields that the template does not know', async () => {
    const named = [{ role: 'user', content: 'Hello', name: 'Ada', refusal: null, x: { y: 1 } }]
    assert.equal(contentOf(await ask({ messages: named })), contentOf(await ask({})))
  })

  it('are refused by name when they are no messages', async () => {
    const cases: readonly [unknown, RegExp][] = [
      [undefined, /"messages" is missing/],
      [null, /"messages".*null/],
      ['Hello', /"messages".*"Hello" is not an array/],
      [[], /"messages"/],
      [['Hello'], /"messages\[0\]".*"Hello" is not an object/],
      [[{ content: 'x' }], /"messages\[0\]\.role" is missing/],
      [[{ role: 5, content: 'x' }], /"messages\[0\]\.role": 5 is not a string/],
      [[...messages, { role: 'user', content: 5 }], /"messages\[1\]\.content": 5 is not .*(string|text)/],
      [[{ role: 'user', content: [5] }], /"messages\[0\]\.content(\[0\])?": .* is not .*(part|object|text)/],
      [[{ role: 'user', content: [{ type: 'text' }] }], /"messages\[0\]\.content\[0\]\.text" is missing/],
      [[{ role: 'user', content: [{ text: 'x' }] }], /"messages\[0\]\.content/],
    ]
    for (const [given, rule] of cases) {
      const { message, type } = await refused({ messages: given })
      assert.match(message, rule, JSON.stringify(given))
      assert.equal(type, 'invalid_request_error')
    }
  })

  it('with images are not served yet', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]
    const error = await refused({ messages: [{ role: 'user', content }] })
    assert.equal(error.type, 'not_supported_error')
    assert.match(error.message, /messages\[0\]\.content\[0\].*image_url/)
  })
})

describe("the model's template", () => {
  const folder = mkdtempSync(join(tmpdir(), 'cria-chat-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** tiny-chat with another template of the same length. */
  function withTemplate(name: string, template: string): string {
    const bytes = Buffer.from(readFileSync(tinyModel('tiny-chat')))
    const key = Buffer.from('tokenizer.chat_template')
    const at = bytes.indexOf(key) + key.length + 4 // after the key: the type, the length, the text
    const length = Number(bytes.readBigUInt64LE(at))
    assert.ok(template.length <= length - 4, `${template.length} of ${length} characters`)
    bytes.write(`${template}{#${' '.repeat(length - 4 - template.length)}#}`, at + 8, 'utf8')
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }

  it('is named in the log and by every chat when it cannot be read; other routes are served', async () => {
    const server = await startServer('-m', withTemplate('broken.gguf', '{% if %}'))
    const { status, json } = await post(server.url, '/v1/chat/completions', {
      messages: [{ role: 'user', content: 'Hi' }],
    })
    assert.equal(status, 500)
    assert.match(
      json.error.message,
      /chat template of the model cannot be read: Expected an expression.*--chat-template/,
    )
    assert.equal((await get(server.url, '/props')).json.chat_template_caps, null)
    assert.equal((await post(server.url, '/completion', { prompt: 'Hi', n_predict: 1 })).status, 200)
  })

  it('may refuse messages: a 400 with its words', async () => {
    const template = `{% if messages[0].role != 'user' %}{{ raise_exception('only users may begin') }}{% endif %}{{ messages[0].content }}`
    const { url } = await startServer('-m', withTemplate('refuses.gguf', template))
    await ask({}, url)
    const { message, param } = await refused({ messages: [{ role: 'assistant', content: 'x' }] }, 400, url)
    assert.match(message, /"messages".*only users may begin/)
    assert.equal(param, 'messages')
  })

  it('sees chat_template_kwargs, bos_token and add_generation_prompt', async () => {
    const template = `{{ bos_token }}{{ messages[0].content }}{% if thinks %} think{% endif %}{% if add_generation_prompt %} go{% endif %}`
    const { url } = await startServer('-m', withTemplate('kwargs.gguf', template))
    const count = async (body: object): Promise<number> => (await ask(body, url)).usage.prompt_tokens
    assert.equal(await count({}), await nTokens('<s>Hello go', url))
    assert.equal(await count({ chat_template_kwargs: { thinks: true } }), await nTokens('<s>Hello think go', url))
    assert.equal(await count({ add_generation_prompt: false }), await nTokens('<s>Hello', url))
    const over = { messages: [{ role: 'user', content: 'x x x x' }], add_generation_prompt: false }
    assert.equal(await count({ chat_template_kwargs: over }), await nTokens('<s>Hello go', url), 'not over the request')
  })
})

describe('sampling fields', () => {
  it('have the same effect as natively', async () => {
    assert.equal(contentOf(await ask({ grammar: 'root ::= "yes"' })), 'yes')
    const seeded = { temperature: 2, seed: 5 }
    assert.equal(contentOf(await ask(seeded)), contentOf(await ask(seeded)))
    assert.notEqual(contentOf(await ask(seeded)), contentOf(await ask({ ...seeded, seed: 6 })))
    assert.equal(contentOf(await ask({ ...seeded, top_k: 1 })), contentOf(await ask({})))
    assert.equal(contentOf(await ask({ ...seeded, top_p: 0 })), contentOf(await ask({})))
    assert.notEqual(
      contentOf(await ask({ presence_penalty: 100, max_tokens: 60 })),
      contentOf(await ask({ max_tokens: 60 })),
    )
  })

  it('are those that clients of OpenAI send', async () => {
    const fields = { user: 'ada', store: false, n: 1, service_tier: 'auto', metadata: {}, logit_bias: { 100: -5 } }
    const none = { tools: null, tool_choice: 'none', response_format: { type: 'text' }, parallel_tool_calls: true }
    assert.equal((await ask({ ...fields, ...none, presence_penalty: 0, frequency_penalty: 0 })).choices.length, 1)
  })
})

describe('what is wrong', () => {
  it('n is from 1 to 128', async () => {
    assert.match((await refused({ n: 129 })).message, /"n": 129 is not in \[1, 128\]/)
    await refused({ n: 0 })
  })

  it('typos are refused', async () => {
    assert.match((await refused({ max_token: 5 })).message, /"max_token".*no such field; did you mean "max_tokens"/)
  })
})
