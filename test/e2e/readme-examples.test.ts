// The examples of README.md, run as they stand there; only the address is that of the server of this test.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { openaiPython } from '../support/openai-python.ts'
import { startServer } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const run = promisify(execFile)

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
const folder = await mkdtemp(join(tmpdir(), 'cria-readme-'))
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

test('the curl command of a chat prints a message', async (t) => {
  if (!(await hasTools('bash', 'curl'))) return t.skip('bash or curl is missing')
  const answer = JSON.parse(await runExample('curl-chat', 'sh', 'bash'))
  const { role, content } = answer.choices[0].message
  assert.equal(role, 'assistant')
  assert.ok(content.trim().length > 0)
})

/** @returns what it prints. @throws when the README has no such example, or it ends with a code other than 0. */
async function runExample(name: string, language: string, program: string): Promise<string> {
  const code = example(name, language).replaceAll(/http:\/\/(localhost|127\.0\.0\.1):8080/g, url)
  const file = join(folder, language === 'javascript' ? 'index.js' : name)
  await writeFile(file, code)
  return (await run(program, [file], { cwd: folder })).stdout
}

function example(name: string, language: string): string {
  const block = new RegExp(`<!-- example: ${name} -->\\r?\\n\`\`\`${language}\\r?\\n(.*?)\`\`\``, 's').exec(readme)
  if (block === null) assert.fail(`README.md has no example ${name} in ${language}`)
  assert.match(block[1]!, /http:\/\/(localhost|127\.0\.0\.1):8080/)
  return block[1]!
}

async function hasTools(...tools: readonly string[]): Promise<boolean> {
  const found = tools.map((tool) => run(tool, ['--version']))
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled')
}
