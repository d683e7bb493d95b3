// Pictures over HTTP, from the flag to the token: what llama-server said of them, the prefix cache, and what is refused.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { testVisionLibrary } from '../support/libmtmd.ts'
import { gradient, packPng, pictures } from '../support/pictures.ts'
import {
  get,
  type Json,
  post,
  runProgram,
  startServer,
  stream,
  streamEvents,
  type TestServer,
} from '../support/server.ts'
import { cacheDir, smollm2 } from '../support/smollm2.ts'
import { smollm2Projector, VISION_PAIR_NAMES, visionPair } from '../support/vision-models.ts'

const recorded = JSON.parse(readFileSync(new URL('recorded/vision.json', import.meta.url), 'utf8'))
const library = await testVisionLibrary()
const skip = 'missing' in library ? library.missing : false
const base64 = (name: string) => Buffer.from(pictures[name]!).toString('base64')
const flags = (pair: { model: string; mmproj: string }) => [
  '-m',
  pair.model,
  '--mmproj',
  pair.mmproj,
  '--cache-dir',
  cacheDir,
]
const start = (pair: { model: string; mmproj: string }, ...more: string[]) => startServer(...flags(pair), ...more)

// all are up before the first test begins: what is started later would end with it
const servers = new Map<string, TestServer>()
if (!skip)
  for (const name of VISION_PAIR_NAMES) servers.set(name, await start(visionPair(name), '-np', '2', '-c', '4096'))
const smol = skip ? undefined : await start({ model: await smollm2(), mmproj: smollm2Projector() }, '-c', '2048')
const [mlp, qwen] = [servers.get('mlp'), servers.get('qwen2vl')]
const blind = await startServer('-m', visionPair('mlp').model)
const greedy = { temperature: 0, repeat_penalty: 1, n_predict: recorded.request.n_predict, return_tokens: true }

for (const name of VISION_PAIR_NAMES) {
  test(`${name} over HTTP says the same about pictures as llama-server`, { skip }, async () => {
    for (const { prompt, pictures: names, tokens, nPromptTokens } of recorded.pairs[name].answers) {
      const text = prompt.replaceAll(recorded.marker, '<__media__>')
      const given = { prompt_string: text, multimodal_data: names.map(base64) }
      const { status, json } = await post(servers.get(name)!.url, '/completion', { ...greedy, prompt: given })
      assert.equal(status, 200, JSON.stringify(json))
      assert.equal(json.tokens_evaluated, nPromptTokens, text)
      assert.deepEqual(withoutEnd(json.tokens), withoutEnd(tokens).slice(0, json.tokens.length), text)
      assert.ok(json.tokens.length >= tokens.length - 1, `${json.tokens.length} of ${tokens.length} tokens`)
    }
  })
}

/** llama-server lists the token that ends the text; we do not. */
function withoutEnd(tokens: readonly number[]): readonly number[] {
  return tokens.slice(0, -1)
}

test('image_data with marks is the same prompt, in the middle, twice, and before the text without a mark', {
  skip,
}, async () => {
  const picture = base64('wide PNG')
  const pairs = [
    ['Look at [img-12] well', 'Look at <__media__> well', 1],
    ['[img-12] and again [img-12]', '<__media__> and again <__media__>', 2],
    ['Only text', '<__media__>Only text', 1],
  ] as const
  for (const [prompt, prompt_string, n] of pairs) {
    const marked = await ask({ prompt, image_data: [{ data: picture, id: 12 }] })
    const other = await ask({ prompt: { prompt_string, multimodal_data: Array.from({ length: n }, () => picture) } })
    assert.deepEqual(marked.tokens, other.tokens, prompt)
    assert.equal(marked.tokens_evaluated, other.tokens_evaluated)
  }
})

test("the README's curl command sends a picture", { skip }, async (t) => {
  if (process.platform === 'win32') return t.skip('needs a shell with curl and base64')
  const examples = readFileSync(new URL('../../docs/examples.md', import.meta.url), 'utf8')
  const command = /<!-- example: curl-picture -->\n```sh\n(.*?)```/s.exec(examples)![1]!
  const folder = mkdtempSync(join(tmpdir(), 'cria-picture-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'picture.png'), pictures['wide PNG']!)
  const script = command.replace('http://127.0.0.1:8080', smol!.url)
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder })
  const { content, tokens_evaluated } = JSON.parse(stdout)
  assert.ok(content.trim().length > 0)
  const text = await post(smol!.url, '/tokenize', { content: ' What is this?', add_special: true })
  assert.ok(tokens_evaluated > text.json.tokens.length + 10, 'the picture is part of the prompt')
})

async function ask(body: object, server = mlp!): Promise<Json> {
  const { status, json } = await post(server.url, '/completion', { ...greedy, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

test('a second question about a picture finds it in the cache, another picture is another prefix', {
  skip,
}, async () => {
  for (const server of [mlp!, qwen!]) {
    const about = (question: string, name: string) => ({
      prompt: `See [img-1] ${question}`,
      image_data: [{ data: base64(name), id: 1 }],
      slot_id: 0,
    })
    await ask(about('first?', 'wide PNG'), server)
    const cold = await ask({ ...about('second?', 'wide PNG'), cache_prompt: false }, server)
    await ask(about('first?', 'wide PNG'), server)
    const warm = await ask(about('second?', 'wide PNG'), server)
    assert.ok(warm.timings.cache_n > warm.tokens_evaluated / 2, `${warm.timings.cache_n} of ${warm.tokens_evaluated}`)
    assert.deepEqual(warm.tokens, cold.tokens)
    const other = await ask(about('second?', 'tall PNG'), server)
    assert.ok(other.timings.cache_n < 10, `${other.timings.cache_n}`)
    assert.notDeepEqual(other.tokens, warm.tokens)
  }
})

test('a prompt may end with a picture', { skip }, async () => {
  const answer = await ask({ prompt: 'See [img-1]', image_data: [{ data: base64('wide PNG'), id: 1 }] })
  assert.ok(answer.tokens.length > 0)
})

test('two prompts with pictures at once have the texts that they have alone', { skip }, async () => {
  const bodies = ['wide PNG', 'tall PNG'].map((name, slot_id) => ({
    prompt: 'So [img-1] what is it?',
    image_data: [{ data: base64(name), id: 1 }],
    slot_id,
    cache_prompt: false,
  }))
  const alone = []
  for (const body of bodies) alone.push((await ask(body)).tokens)
  const together = await Promise.all(bodies.map(async (body) => (await ask(body)).tokens))
  assert.deepEqual(together, alone)
})

test('messages bring pictures as data URIs, in whole answers and in streams with progress', { skip }, async () => {
  const url = `data:image/png;base64,${base64('small PNG')}`
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url } },
  ]
  const body = { messages: [{ role: 'user', content }], max_tokens: 8, temperature: 0 }
  const whole = await post(mlp!.url, '/v1/chat/completions', body)
  assert.equal(whole.status, 200, JSON.stringify(whole.json))
  let text = ''
  // pictures that no test has sent: those would be encoded already
  const [one, two] = [50, 51].map((width) => packPng(width, 40, gradient(width, 40)).toString('base64'))
  const other = `data:image/png;base64,${one}`
  const fresh = [{ role: 'user', content: [...content, { type: 'image_url', image_url: { url: other } }] }]
  const progress: Json[] = []
  const ids = new Set<string>()
  const streamed = { ...body, messages: fresh, stream: true, return_progress: true }
  for await (const event of streamEvents(mlp!.url, '/v1/chat/completions', streamed)) {
    if (event.image_progress) progress.push(event)
    text += event.choices?.[0]?.delta?.content ?? ''
    if (event !== '[DONE]') ids.add(event.id)
  }
  assert.ok(text.length > 0)
  assert.ok(progress.length > 0)
  for (const { image_progress, choices } of progress) {
    assert.ok(image_progress.processed < image_progress.total)
    assert.deepEqual(
      choices,
      [{ index: 0, delta: {}, finish_reason: null, logprobs: null }],
      'a chunk as OpenAI has it, which says nothing',
    )
  }
  assert.equal(ids.size, 1, 'all chunks have one id')
  const prompt = { prompt: 'See [img-1]', image_data: [{ id: 1, data: two }], return_progress: true }
  const [first] = await stream(mlp!.url, '/completion', { ...prompt, n_predict: 1, stream: true })
  assert.deepEqual([first.content, first.stop, first.image_progress], ['', false, { processed: 0, total: 1 }])
})

test('/props and /v1/models say whether images are understood', { skip }, async () => {
  assert.equal((await get(mlp!.url, '/props')).json.modalities.vision, true)
  assert.equal((await get(blind.url, '/props')).json.modalities.vision, false)
  assert.deepEqual((await get(mlp!.url, '/v1/models')).json.models[0].capabilities, ['completion', 'multimodal'])
})

test('bad pictures are refused by name, and the server goes on', { skip }, async () => {
  const good = { data: base64('small PNG'), id: 1 }
  const cases: [object, RegExp][] = [
    [{ prompt: '[img-2]', image_data: [good] }, /\[img-2\].*names no image/],
    [{ prompt: 'x', image_data: [{ data: '!!', id: 1 }] }, /image_data\[0\].*is not base64/],
    [{ prompt: 'x', image_data: [good, { data: 'aGVsbG8=', id: 2 }] }, /image_data\[1\].*is not a PNG/],
    [{ prompt: [1, 2], image_data: [good] }, /"prompt".*is not a string/],
    [{ prompt: { prompt_string: 'no mark', multimodal_data: [good.data] } }, /0 marks .* for 1 images/],
    [{ prompt: 'x', image_data: 'no' }, /image_data/],
  ]
  for (const [body, message] of cases) {
    const { status, json } = await post(mlp!.url, '/completion', body)
    assert.equal(status, 400, JSON.stringify(json))
    assert.match(json.error.message, message)
  }
  assert.ok((await ask({ prompt: 'x', image_data: [good] })).tokens.length > 0)
})

test('a server without --mmproj says so', async () => {
  const image_data = [{ data: base64('small PNG'), id: 1 }]
  const native = await post(blind.url, '/completion', { prompt: '[img-1]', image_data })
  assert.deepEqual([native.status, native.json.error.type], [400, 'not_supported_error'])
  assert.match(native.json.error.message, /without --mmproj/)
  const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]
  const chat = await post(blind.url, '/v1/chat/completions', { messages: [{ role: 'user', content }] })
  assert.match(chat.json.error.message, /messages\[0\]\.content\[0\]\.image_url.*without --mmproj/)
})

test('a projector that does not fit, or is none, ends the start', { skip }, async () => {
  const { model } = visionPair('mlp')
  for (const mmproj of [smollm2Projector(), model, 'none.gguf']) {
    const { code, stderr } = await runProgram([...flags({ model, mmproj }), '--port', '0'])
    assert.equal(code, 1, mmproj)
    assert.match(stderr, /mismatch|cannot be used|there is no such file/)
  }
})

test('SmolLM2 answers about a picture', { skip }, async () => {
  const image_data = [{ data: base64('wide JPEG'), id: 1 }]
  const { content } = await ask({ prompt: '[img-1] A picture of', image_data }, smol!)
  assert.ok(content.length > 0)
})
