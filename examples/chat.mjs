// A chat in the terminal: node chat.mjs [flags]
//
//   --no-cache-prompt                        compute the whole conversation anew at each turn
//   --grammar FILE                           answers follow this grammar (GBNF)
//   --grammar-json-schema FILE               answers are JSON that fits this schema
//   --grammar-json-schema-prop-order a,b,c   with the properties in this order
//
// The server is at http://127.0.0.1:8080, or where API_URL says; API_KEY is sent as its key. Ctrl-D ends the chat.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'

const url = process.env.API_URL ?? 'http://127.0.0.1:8080'
const key = process.env.API_KEY ? { api_key: process.env.API_KEY } : {}
const { values: flags } = parseArgs({
  options: {
    'no-cache-prompt': { type: 'boolean', default: false },
    grammar: { type: 'string' },
    'grammar-json-schema': { type: 'string' },
    'grammar-json-schema-prop-order': { type: 'string' },
  },
})

/** The server brings its client along: the same modules that a page imports. */
async function importFromServer(path) {
  const response = await fetch(url + path)
  if (!response.ok) throw new Error(`${url}${path}: ${response.status} ${await response.text()}`)
  return import(`data:text/javascript,${encodeURIComponent(await response.text())}`)
}

const { llama } = await importFromServer('/completion.js')

const instruction = 'A conversation between a curious human and a helpful assistant, who answers briefly and politely.'
const turns = [
  { human: 'Hello, Assistant.', assistant: 'Hello. What can I do for you?' },
  { human: 'What is the capital of France?', assistant: 'The capital of France is Paris.' },
]

const grammar = await readGrammar()
const nKeep = (await tokenize(instruction)).length
let slotId = -1

async function readGrammar() {
  if (flags.grammar !== undefined) return readFileSync(flags.grammar, 'utf8')
  if (flags['grammar-json-schema'] === undefined) return undefined
  const { schemaToGrammar } = await importFromServer('/json-schema-to-grammar.mjs')
  const schema = JSON.parse(readFileSync(flags['grammar-json-schema'], 'utf8'))
  return schemaToGrammar(schema, { propOrder: flags['grammar-json-schema-prop-order']?.split(',') ?? [] })
}

async function tokenize(content) {
  const response = await fetch(`${url}/tokenize`, {
    method: 'POST',
    headers: key.api_key ? { authorization: `Bearer ${key.api_key}` } : {},
    body: JSON.stringify({ content }),
  })
  if (!response.ok) throw new Error(`${url}/tokenize: ${response.status} ${await response.text()}`)
  return (await response.json()).tokens
}

function makePrompt(question) {
  const history = turns.map(({ human, assistant }) => `### Human: ${human}\n### Assistant: ${assistant}\n`).join('')
  return `${instruction}\n${history}### Human: ${question}\n### Assistant:`
}

/** Prints the answer as it comes, and remembers it. */
async function ask(question) {
  const params = {
    ...key,
    temperature: 0.2,
    top_k: 40,
    top_p: 0.9,
    n_keep: nKeep,
    n_predict: 256,
    cache_prompt: !flags['no-cache-prompt'],
    slot_id: slotId,
    stop: ['\n### Human:'],
    ...(grammar === undefined ? {} : { grammar }),
  }
  let answer = ''
  for await (const { data } of llama(makePrompt(question), params, { url_prefix: url })) {
    answer += data.content
    process.stdout.write(data.content)
    if (!data.stop) continue
    slotId = data.slot_id // the next turn finds there what this one computed
    if (data.truncated) turns.shift()
  }
  process.stdout.write('\n')
  turns.push({ human: question, assistant: answer.trim() })
}

const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
lines.prompt()
for await (const line of lines) {
  await ask(line)
  lines.prompt()
}
