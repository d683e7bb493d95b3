// `npm run bench:self-extend`: measures how well a model handles text beyond its training context,
// with and without self-extend: the perplexity of ranges of a text, and the model's continuation of
// it. Asserts nothing.
//
// Each token gets a request of its own, as if it were generated: the prompt is everything before
// it, with all but one token from the cache, and a bias makes the server choose it. The reported
// logprob is that of the raw logits.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { contestant } from './contestant.ts'
import { sendForJson } from './http.ts'
import { endAllServers, Server } from './server.ts'

const usage = `npm run bench:self-extend -- --model FILE --trained N [options]

  --trained N        tokens that the model was trained for, whatever its file says
  --times N          how many times as long the text is (4)
  --text FILE        the text; else the model writes it, in pieces of at most half of N tokens, one behind the other
  --settings A,B     --grp-attn-n/--grp-attn-w of the runs beside the one without (4/256,8/128,8/256,16/256)
`

type Answer = {
  readonly content: string
  readonly tokens: readonly number[]
  readonly completion_probabilities: readonly { readonly id: number; readonly logprob: number }[]
}
type Setting = { readonly name: string; readonly flags: readonly string[] }

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAllServers()
    process.exit(130)
  })
}

const string = { type: 'string' } as const
const { values } = parseArgs({
  options: { model: string, trained: string, times: string, text: string, settings: string },
})
const nTrained = Number(values.trained)
const nTokens = nTrained * Number(values.times ?? 4)
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
if (values.model === undefined || !(nTrained >= 8) || !(nTokens > 0) || !existsSync(program)) {
  process.stderr.write(existsSync(program) ? usage : 'dist/main.js is not there: run `npm run build` first\n')
  process.exit(2)
}

const settings: readonly Setting[] = [
  { name: 'without', flags: [] },
  ...(values.settings ?? '4/256,8/128,8/256,16/256').split(',').map((setting) => {
    const [n, w] = setting.split('/')
    return { name: `n ${n}, w ${w}`, flags: ['--grp-attn-n', n!, '--grp-attn-w', w!] }
  }),
]

const nContinued = 48
const flags = ['-m', values.model, '-c', String(nTokens + nContinued + 8), '-np', '1', '-t', '1']
const text = await withServer([], (url) =>
  values.text === undefined ? writtenText(url) : tokensOf(url, readFileSync(values.text, 'utf8')),
)
if (text.length < nTokens) throw new Error(`the text has ${text.length} tokens, ${nTokens} are needed`)

const ranges = Array.from({ length: nTokens / nTrained }, (_, i) => [i * nTrained, (i + 1) * nTrained] as const)
const rows: string[][] = [['perplexity of the tokens', ...ranges.map(([from, to]) => `${from + 1}-${to}`)]]
const continued: string[] = []
for (const setting of settings) {
  process.stderr.write(`${setting.name}\n`)
  await withServer(setting.flags, async (url) => {
    const logprobs = await logprobsOf(url, text.slice(0, nTokens))
    rows.push([setting.name, ...ranges.map(([from, to]) => perplexity(logprobs.slice(from, to)).toFixed(2))])
    const { content } = await complete(url, { prompt: text.slice(0, nTokens), n_predict: nContinued })
    continued.push(`${setting.name}: ${JSON.stringify(content)}`)
  })
}
for (const [i, row] of rows.entries()) {
  process.stdout.write(`| ${row.join(' | ')} |\n`)
  if (i === 0) process.stdout.write(`|${'---|'.repeat(row.length)}\n`)
}
process.stdout.write(`\nwhat follows ${nTokens} tokens at temperature 0:\n${continued.join('\n')}\n`)
process.exit(0)

async function withServer<T>(more: readonly string[], run: (url: string) => Promise<T>): Promise<T> {
  const server = await Server.start(contestant('Cria', program), [...flags, ...more])
  try {
    return await run(server.url)
  } finally {
    await server.stop()
  }
}

function complete(url: string, body: object): Promise<Answer> {
  const greedy = { temperature: 0, repeat_penalty: 1, cache_prompt: true, return_tokens: true }
  return sendForJson(`${url}/completion`, { ...greedy, ...body }, { keepAlive: true }) as Promise<Answer>
}

/** With BOS, if the model has one. */
async function tokensOf(url: string, content: string): Promise<readonly number[]> {
  const { tokens } = (await sendForJson(`${url}/tokenize`, { content, add_special: true })) as {
    readonly tokens: readonly number[]
  }
  return tokens
}

/** Texts written by the model itself, each started afresh within its training context. */
async function writtenText(url: string): Promise<readonly number[]> {
  const begin = await tokensOf(url, '')
  const all: number[] = []
  for (let seed = 1; all.length < nTokens; seed++) {
    const sampling = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, seed, cache_prompt: false }
    const { tokens } = await complete(url, { prompt: begin, n_predict: Math.floor(nTrained / 2), ...sampling })
    all.push(...begin, ...tokens)
  }
  return all
}

/** The logprob of each token after everything before it; 0 for the first one. */
async function logprobsOf(url: string, tokens: readonly number[]): Promise<number[]> {
  const logprobs = [0]
  for (let n = 1; n < tokens.length; n++) {
    const forced = { logit_bias: [[tokens[n]!, 1000]], n_predict: 1, n_probs: 1 }
    const { completion_probabilities: probs } = await complete(url, { prompt: tokens.slice(0, n), ...forced })
    if (probs[0]?.id !== tokens[n]) throw new Error(`token ${n} is ${probs[0]?.id}, not ${tokens[n]}`)
    logprobs.push(probs[0]!.logprob)
  }
  return logprobs
}

function perplexity(logprobs: readonly number[]): number {
  return Math.exp(-logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length)
}
