// Clients as people use them: OpenAI's Python library, and fetch of Node.js.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { openaiPython } from '../support/openai-python.ts'
import { type Json, post, startServer, stream, streamEvents } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const run = promisify(execFile)

const { url } = await startServer('-m', await smollm2(), '-a', 'smollm2', '-c', '2048')
const found = await openaiPython()

/** Ends with a `say` of what the test looks at. */
const prelude = `
import json, openai
from openai import OpenAI
client = OpenAI(base_url=${JSON.stringify(`${url}/v1`)}, api_key="sk-no-key-required", max_retries=0, timeout=120)
colors = [{"role": "user", "content": "Name three colors."}]
cold = {"cache_prompt": False}
def say(value):
    print(json.dumps(value.model_dump() if hasattr(value, "model_dump") else value))
`

function pythonTest(name: string, script: string, check: (said: Json, t: TestContext) => void): void {
  test(`openai for Python: ${name}`, async (t) => {
    if ('missing' in found) return t.skip(found.missing)
    const { stdout } = await run(found.python, ['-c', prelude + script])
    check(JSON.parse(stdout), t)
  })
}

pythonTest(
  'a chat gives a typed answer with usage',
  `
say(client.chat.completions.create(model="smollm2", messages=colors, temperature=0, max_tokens=48))
`,
  (answer) => {
    assert.match(answer.id, /^chatcmpl-/)
    assert.equal(answer.object, 'chat.completion')
    assert.equal(answer.model, 'smollm2')
    const [choice] = answer.choices
    assert.equal(choice.message.role, 'assistant')
    assert.ok(choice.message.content.length > 0)
    assert.equal(choice.finish_reason, 'stop')
    const { usage } = answer
    assert.equal(usage.prompt_tokens, 34)
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
  },
)

pythonTest(
  'a stream brings the same text in pieces, and usage at its end when asked',
  `
asked = dict(model="smollm2", messages=colors, temperature=0, max_tokens=48, extra_body=cold)
whole = client.chat.completions.create(**asked)
chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
say([whole.model_dump(), [chunk.model_dump() for chunk in chunks]])
`,
  ([whole, chunks]) => {
    const withChoice = chunks.filter(({ choices }: Json) => choices.length > 0)
    const pieces = withChoice.map(({ choices }: Json) => choices[0].delta.content ?? '')
    assert.equal(pieces.join(''), whole.choices[0].message.content)
    assert.ok(pieces.length > 3)
    assert.equal(withChoice[0].choices[0].delta.role, 'assistant')
    const reasons = withChoice.map(({ choices }: Json) => choices[0].finish_reason)
    assert.equal(reasons.at(-1), whole.choices[0].finish_reason)
    assert.ok(reasons.slice(0, -1).every((reason: unknown) => reason === null))
    assert.deepEqual(chunks.at(-1).choices, [])
    assert.equal(chunks.at(-1).usage.total_tokens, whole.usage.total_tokens)
    assert.equal(new Set(chunks.map(({ id }: Json) => id)).size, 1)
  },
)

pythonTest(
  'progress that was asked for does no harm to what the library joins',
  `
asked = dict(model="smollm2", messages=colors, temperature=0, max_tokens=12)
whole = client.chat.completions.create(**asked, extra_body=cold)
with client.chat.completions.stream(**asked, extra_body={**cold, "return_progress": True}) as stream:
    chunks = [event.chunk.model_dump() for event in stream if event.type == "chunk"]
    joined = stream.get_final_completion()
say([whole.choices[0].message.model_dump(), joined.choices[0].message.model_dump(), chunks])
`,
  ([whole, joined, chunks]) => {
    assert.deepEqual([joined.role, joined.content], ['assistant', whole.content])
    const progress = chunks.flatMap(({ prompt_progress: told }: Json) => told ?? [])
    assert.deepEqual([progress[0].processed, progress.at(-1).processed], [0, progress[0].total])
  },
)

pythonTest(
  'a stream that is closed early leaves the server free for the next request',
  `
asked = dict(model="smollm2", messages=[{"role": "user", "content": "Tell me a long story."}])
stream = client.chat.completions.create(**asked, stream=True, extra_body={"ignore_eos": True})
for i, chunk in enumerate(stream):
    if i == 3: break
stream.close()
say(client.chat.completions.create(**asked, max_tokens=2, timeout=20))
`,
  (answer) => assert.equal(answer.usage.completion_tokens, 2),
)

pythonTest(
  'logprobs tell each token and its alternatives, best first',
  `
say(client.chat.completions.create(
    model="smollm2", messages=colors, temperature=0, max_tokens=8, logprobs=True, top_logprobs=3))
`,
  ({ choices: [choice] }) => {
    const { content } = choice.logprobs
    assert.equal(content.length, 8)
    assert.equal(content.map(({ token }: Json) => token).join(''), choice.message.content)
    for (const { token, bytes, logprob, top_logprobs: top } of content) {
      assert.deepEqual(bytes, [...Buffer.from(token)])
      assert.equal(top.length, 3)
      assert.equal(top[0].token, token) // temperature 0 takes the best
      assert.equal(top[0].logprob, logprob)
      assert.ok(logprob <= 0 && top[0].logprob >= top[1].logprob && top[1].logprob >= top[2].logprob)
    }
  },
)

pythonTest(
  'stop ends the text before the word',
  `
counting = [{"role": "user", "content": "Write: one, two, three, four, five, six"}]
say([client.chat.completions.create(model="smollm2", messages=messages, temperature=0, max_tokens=48, stop=stop)
    .choices[0].model_dump() for messages, stop in [(colors, "\\n"), (counting, ["six", "three"])]])
`,
  ([line, count]) => {
    assert.equal(line.finish_reason, 'stop')
    assert.ok(line.message.content.length > 0 && !line.message.content.includes('\n'))
    assert.ok(!/three|six/.test(count.message.content))
  },
)

pythonTest(
  'max_tokens and max_completion_tokens limit the text',
  `
say([client.chat.completions.create(model="smollm2", messages=colors, **limit).model_dump()
    for limit in [dict(max_tokens=5), dict(max_completion_tokens=3)]])
`,
  (answers) => {
    assert.deepEqual(
      answers.map(({ usage }: Json) => usage.completion_tokens),
      [5, 3],
    )
    assert.deepEqual(
      answers.map(({ choices }: Json) => choices[0].finish_reason),
      ['length', 'length'],
    )
  },
)

pythonTest(
  'usage tells how much of the prompt was in the cache',
  `
asked = dict(model="smollm2", messages=colors, max_tokens=1)
client.chat.completions.create(**asked)
say(client.chat.completions.create(**asked).usage)
`,
  ({ prompt_tokens: nPrompt, prompt_tokens_details: details }) => assert.equal(details.cached_tokens, nPrompt - 1),
)

pythonTest(
  'a bad value raises BadRequestError, which names the field',
  `
try:
    client.chat.completions.create(model="smollm2", messages=colors, top_p=2)
except openai.BadRequestError as error:
    say({"status": error.status_code, "message": error.message, "type": error.type})
`,
  ({ status, message, type }) => {
    assert.equal(status, 400)
    assert.match(message, /top_p.*2/)
    assert.equal(type, 'invalid_request_error')
  },
)

pythonTest(
  'an unknown route raises NotFoundError',
  `
try:
    client.get("/nothing", cast_to=object)
except openai.NotFoundError as error:
    say({"status": error.status_code, "type": error.type})
`,
  (error) => assert.deepEqual(error, { status: 404, type: 'not_found_error' }),
)

pythonTest('models.list() tells the model that is served', 'say([model.id for model in client.models.list()])', (ids) =>
  assert.deepEqual(ids, ['smollm2']),
)

pythonTest(
  'completions.create() continues a text, whole and as a stream',
  `
asked = dict(model="smollm2", prompt="The capital of France is", temperature=0, max_tokens=8, extra_body=cold)
whole = client.completions.create(**asked)
parts = [chunk.choices[0].text for chunk in client.completions.create(**asked, stream=True) if chunk.choices]
say([whole.choices[0].text, parts])
`,
  ([whole, parts]) => {
    assert.match(whole, /Paris/)
    assert.equal(parts.join(''), whole)
  },
)

test('fetch of Node.js: a chat streams as server-sent events and ends with [DONE]', async () => {
  const messages = [{ role: 'user', content: 'Name three colors.' }]
  const events = await stream(url, '/v1/chat/completions', { messages, temperature: 0, max_tokens: 24 })
  assert.equal(events.at(-1), '[DONE]')
  const chunks = events.slice(0, -1)
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  assert.ok(text.length > 0)
  assert.ok(chunks.every(({ object }) => object === 'chat.completion.chunk'))
})

test('fetch of Node.js: /completion streams the text of the answer without a stream', async () => {
  const request = { prompt: 'The capital of France is', temperature: 0, n_predict: 16, cache_prompt: false }
  const events = await stream(url, '/completion', request)
  const { json } = await post(url, '/completion', request)
  assert.equal(events.map(({ content }) => content).join(''), json.content)
  assert.ok(events.length > 8)
  assert.equal(events.at(-1).stop, true)
})

test('fetch of Node.js: an abort in the middle of a stream frees the only slot', async () => {
  const controller = new AbortController()
  const request = { prompt: 'A long story:', ignore_eos: true }
  const read = async () => {
    for await (const { content } of streamEvents(url, '/completion', request, controller.signal)) {
      if (content !== '') controller.abort()
    }
  }
  await assert.rejects(read(), { name: 'AbortError' })
  const { status } = await post(url, '/completion', { prompt: 'Hi', n_predict: 1 })
  assert.equal(status, 200)
})
