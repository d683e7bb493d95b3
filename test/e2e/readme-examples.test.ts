// The examples of docs/examples.md, run as they stand there; only the address is that of the server of this test.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { minilm } from '../support/minilm.ts'
import { openaiPython } from '../support/openai-python.ts'
import { get, post, startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'
import { cosine } from '../support/vectors.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

const page = await readFile(new URL('../../docs/examples.md', import.meta.url), 'utf8')
const folder = await mkdtemp(join(tmpdir(), 'cria-examples-'))
after(() => rm(folder, { recursive: true }))
// the chat examples have no limit but the context
const { url } = await startServer('-m', await smollm2(), '-c', '768')

test('the curl command of /completion prints a completion', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const answer = JSON.parse(await runExample('curl-completion', 'sh', 'bash'))
  assert.ok(answer.content.trim().length > 0)
  assert.equal(answer.stop, true)
  assert.ok(answer.tokens_predicted <= 128)
})

test('the curl command of a stream prints events', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const lines = (await runExample('curl-stream', 'sh', 'bash')).split('\n').filter((line) => line !== '')
  const events = lines.map((line) => JSON.parse(/^data: (.*)$/.exec(line)![1]!))
  assert.ok(events.map(({ content }) => content).join('').length > 0)
  assert.deepEqual(
    events.map(({ stop }) => stop),
    events.map((_, i) => i === events.length - 1),
  )
})

test('the Node.js example prints the text', async () => {
  assert.ok((await runExample('node-completion', 'javascript', process.execPath)).trim().length > 0)
})

test("the example with OpenAI's Python library prints the message", async (t) => {
  const found = await openaiPython()
  if ('missing' in found) return t.skip(found.missing)
  const printed = await runExample('python-openai', 'python', found.python)
  assert.match(printed, /ChatCompletionMessage\(content=(['"]).+\1.*role='assistant'/s)
})

test("OpenAI's Python library without /v1 prints a chat and a text", async (t) => {
  const found = await openaiPython()
  if ('missing' in found) return t.skip(found.missing)
  assert.match(await runExample('python-without-prefix', 'python', found.python), /^Chat: .*\w.*^Text: .*\w/ms)
})

test('the curl command of a chat prints a message', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const answer = JSON.parse(await runExample('curl-chat', 'sh', 'bash'))
  const { role, content } = answer.choices[0].message
  assert.equal(role, 'assistant')
  assert.ok(content.trim().length > 0)
})

test('the chats in the terminal answer what is typed', async (t) => {
  for (const name of ['chat-mjs', 'chat-sh']) {
    if (name === 'chat-sh' && !(await hasTools('bash', 'curl', 'jq'))) return t.skip('bash, curl or jq is missing')
    const child = shell(command(name), { API_URL: url })
    child.stdin.end('What is the capital of Italy?\nThank you.\n')
    const lines = (await textOf(child.stdout)).split('\n').filter((line) => /\w/.test(line))
    assert.equal(await ended(child), 0, name)
    assert.ok(lines.length >= 2, `${name}: ${lines.join('\n')}`)
  }
})

test("the chat with OpenAI's Python library prints two turns and a text", async (t) => {
  const found = await openaiPython()
  if ('missing' in found) return t.skip(found.missing)
  const child = shell(command('python-chat'), {
    API_URL: url,
    PATH: `${dirname(found.python)}${delimiter}${process.env.PATH}`,
  })
  const printed = await textOf(child.stdout)
  assert.equal(await ended(child), 0)
  assert.match(printed, /^Models: .*\.gguf\nAssistant: .*\w.*\nAssistant: .*\w.*\n\(\d+ tokens\)\nText: .*\w/m)
})

test('a system prompt is set by a request, and by -spf', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const { url: own, stop } = await start('start-system-prompt')
  const fromStart = (await get(own, '/props')).json
  const { anti_prompt, assistant_name } = fromStart
  assert.deepEqual([anti_prompt, assistant_name], ['User:', 'Assistant:'])
  await post(own, '/completion', { system_prompt: { prompt: '' }, prompt: '' })
  assert.equal((await get(own, '/props')).json.system_prompt, '')
  const child = shell(command('system-prompt').replaceAll('http://localhost:8080', own), {})
  const printed = await textOf(child.stdout)
  assert.equal(await ended(child), 0)
  const props = JSON.parse(printed.slice(printed.indexOf('{"assistant_name"')))
  assert.equal(props.system_prompt, fromStart.system_prompt)
  assert.equal(props.assistant_name, 'Assistant:')
  await stop()
})

test('the page of --path is served, and it is the one that the docs show', async () => {
  const { url: own, stop } = await start('start-page')
  const page = await fetch(own)
  assert.match(page.headers.get('content-type')!, /^text\/html/)
  assert.equal(await page.text(), block('page', 'html'))
  const client = await (await fetch(`${own}/completion.js`)).text()
  const { llamaPromise } = await import(`data:text/javascript,${encodeURIComponent(client)}`)
  assert.match(await llamaPromise('Once upon a time', { n_predict: 8 }, { url_prefix: own }), /\w/)
  await stop()
})

test('the embedding model is made, served and asked', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const model = await minilm()
  if ('missing' in model) return t.skip(model.missing)
  const { url: own, stop } = await start('start-embedding')
  const child = shell(command('curl-embedding').replaceAll('http://localhost:8080', own), {})
  const { data } = JSON.parse(await textOf(child.stdout))
  assert.equal(await ended(child), 0)
  assert.ok(cosine(data[0].embedding, data[1].embedding) > 0.7)
  await stop()
})

test('names make the chat prompt', async () => {
  const { url: own, stop } = await start('start-names')
  const messages = [{ role: 'user', content: 'Hi' }]
  const { json } = await post(own, '/apply-template', { messages })
  assert.equal(json.prompt, 'A chat between a human and an assistant.\n\nHuman: Hi\nAssistant:')
  const chat = await post(own, '/v1/chat/completions', { messages, max_tokens: 32 })
  assert.equal(chat.status, 200)
  await stop()
})

/** The program of an example that is a command, in the folder of the repository and a group of its own. */
function shell(script: string, env: Readonly<Record<string, string>>) {
  const child = spawn('bash', ['-e', '-c', script], { cwd: root, detached: true, env: { ...process.env, ...env } })
  child.stderr.pipe(process.stderr)
  return child
}

async function textOf(output: Readable): Promise<string> {
  let text = ''
  for await (const chunk of output) text += chunk
  return text
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}

/** Starts a server as the docs do, on a free port, and stops all that came of it. */
async function start(name: string): Promise<{ readonly url: string; readonly stop: () => Promise<unknown> }> {
  const child = shell(command(name), { LLAMA_ARG_PORT: '0', LLAMA_ARG_THREADS: '1', LLAMA_ARG_CTX_SIZE: '768' })
  const whenEnded = ended(child)
  const stop = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM')
    return whenEnded
  }
  after(stop)
  let output = ''
  const listening = new Promise<string>((resolve) => {
    child.stderr.on('data', (chunk) => {
      output += chunk
      const found = /listening at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const failed = whenEnded.then((code) => Promise.reject(new Error(`${name} ended with ${code}: ${output}`)))
  failed.catch(() => {})
  return { url: await Promise.race([listening, failed]), stop }
}

/** @returns what it prints. @throws when the docs have no such example, or it ends with a code other than 0. */
async function runExample(name: string, language: string, program: string): Promise<string> {
  const code = example(name, language).replaceAll(/http:\/\/(localhost|127\.0\.0\.1):8080/g, url)
  const file = join(folder, language === 'javascript' ? 'index.js' : name)
  await writeFile(file, code)
  return (await run(program, [file], { cwd: folder })).stdout
}

function example(name: string, language: string): string {
  const code = block(name, language)
  assert.match(code, /http:\/\/(localhost|127\.0\.0\.1):8080/)
  return code
}

function command(name: string): string {
  return block(name, 'sh')
}

function block(name: string, language: string): string {
  const found = new RegExp(`<!-- example: ${name} -->\\r?\\n\`\`\`${language}\\r?\\n(.*?\\n)\`\`\`\\r?\\n`, 's').exec(
    page,
  )
  if (found === null) assert.fail(`docs/examples.md has no example ${name} in ${language}`)
  return found[1]!
}

async function hasTools(...tools: readonly string[]): Promise<boolean> {
  const found = tools.map((tool) => run(tool, ['--version']))
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled')
}
