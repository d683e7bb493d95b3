// examples/chat.mjs and examples/chat.sh against a server that writes down what they ask.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { schemaToGrammar } from '../../../src/grammar/json-schema/json-schema.ts'
import type { Json } from '../../support/server.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'cria-chats-'))
after(() => rmSync(dir, { recursive: true }))
const grammarFile = join(dir, 'yes.gbnf')
const grammar = 'root ::= "yes" | "no \\"x\\""\n'
writeFileSync(grammarFile, grammar)

const schemaFile = join(dir, 'schema.json')
const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['a', 'b'] }
writeFileSync(schemaFile, JSON.stringify(schema))
const modules = ['/completion.js', '/json-schema-to-grammar.mjs']

/** What the server was asked, and with which key. */
let asked: Json[] = []
let keys: (string | undefined)[] = []
/** Whether the next answer says that the context was full. */
let isFull = false

const fake = createServer(async (request, response) => {
  if (modules.includes(request.url!)) return response.end(readFileSync(join(root, 'dist/public', request.url!)))
  let text = ''
  for await (const chunk of request) text += chunk
  const body = JSON.parse(text)
  keys.push(request.headers.authorization)
  if (request.url === '/tokenize') {
    return response.writeHead(200).end(JSON.stringify({ tokens: body.content.split(' ') }))
  }
  asked.push(body)
  if (body.prompt.includes('refuse')) {
    return response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"not this one"}}')
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const pieces = [' one', '\n\n"two" \\n', 'é $HOME `x`']
  for (const content of pieces) response.write(`data: ${JSON.stringify({ content, stop: false })}\n\n`)
  response.end(`data: ${JSON.stringify({ content: '', stop: true, slot_id: 7, truncated: isFull })}\n\n`)
})
await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
after(() => fake.close())
const url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`

/** Types the lines into an example. */
async function chat(program: readonly string[], lines: readonly string[], env: Readonly<Record<string, string>> = {}) {
  asked = []
  keys = []
  const [command, ...args] = program
  const child = spawn(command!, args, { env: { ...process.env, API_URL: url, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {}) // a program that ended at once does not read
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

const hasShell = await Promise.all(['bash', 'curl', 'jq'].map((tool) => run(tool, ['--version']))).then(
  () => true,
  () => false,
)
const programs = {
  'chat.mjs': { program: [process.execPath, join(root, 'examples/chat.mjs')], skip: false },
  'chat.sh': { program: ['bash', join(root, 'examples/chat.sh')], skip: hasShell ? false : 'needs bash, curl and jq' },
}

for (const [name, { program, skip }] of Object.entries(programs)) {
  describe(name, { skip }, () => {
    test('asks with the settings of the specification, and remembers turns and slot', async () => {
      const { code, stdout } = await chat(program, ['First "question" $HOME?', 'Second?'])
      assert.equal(code, 0)
      assert.ok(stdout.includes('one\n\n"two" \\né $HOME `x`\n'), stdout)
      const [first, second] = asked
      const { prompt, ...settings } = first
      assert.deepEqual(settings, {
        stream: true,
        temperature: 0.2,
        top_k: 40,
        top_p: 0.9,
        n_predict: 256,
        n_keep: prompt.split('\n')[0].split(' ').length,
        cache_prompt: true,
        slot_id: -1,
        stop: ['\n### Human:'],
      })
      assert.match(
        prompt,
        /^A conv.*\n(### Human: .*\n### Assistant: \S.*\n){2}### Human: First "question" \$HOME\?\n### Assistant:$/,
      )
      assert.equal(second.slot_id, 7)
      assert.equal(
        second.prompt,
        `${prompt} one\n\n"two" \\né $HOME \`x\`\n### Human: Second?\n### Assistant:`,
        'the first prompt and its answer begin the second',
      )
    })

    test('drops the oldest turn when the context was full', async () => {
      isFull = true
      const { code } = await chat(program, ['1', '2', '3', '4', '5'])
      isFull = false
      assert.equal(code, 0)
      const humans = asked.map(({ prompt }) => [...prompt.matchAll(/### Human: (.*)/g)].map((match) => match[1]))
      assert.deepEqual(humans.slice(2), [
        ['1', '2', '3'],
        ['2', '3', '4'],
        ['3', '4', '5'],
      ])
    })

    test('--no-cache-prompt and --grammar reach the server, API_KEY goes with every request', async () => {
      const flags = ['--no-cache-prompt', '--grammar', grammarFile]
      await chat([...program, ...flags], ['Well?'], { API_KEY: 'k' })
      assert.deepEqual([asked[0].cache_prompt, asked[0].grammar.trim()], [false, grammar.trim()])
      assert.deepEqual(keys, ['Bearer k', 'Bearer k'])
    })

    test('says what the server says, and what flag it does not know', async () => {
      const refused = await chat(program, ['refuse this'])
      assert.notEqual(refused.code, 0)
      assert.match(refused.stderr, /not this one/)
      const unknown = await chat([...program, '--nope'], [])
      assert.notEqual(unknown.code, 0)
      assert.match(unknown.stderr, /--nope/)
    })
  })
}

test('chat.mjs makes the grammar of a JSON schema by the module of the server', async () => {
  const flags = ['--grammar-json-schema', schemaFile]
  const program = [...programs['chat.mjs'].program, ...flags]
  await chat(program, ['Well?'])
  assert.equal(asked[0].grammar, schemaToGrammar(schema).grammar)
  await chat([...program, '--grammar-json-schema-prop-order', 'b,a'], ['Well?'])
  assert.equal(asked[0].grammar, schemaToGrammar(schema, { propOrder: ['b', 'a'] }).grammar)
  assert.notEqual(asked[0].grammar, schemaToGrammar(schema).grammar)
})
