// Records what llama-server answers, for test/e2e/peer-answers.test.ts to compare ours with. Run by hand:
//   npx tsx scripts/record-peer.ts --peer PATH-OF-LLAMA-SERVER --model SmolLM2-135M-Instruct.Q4_1.gguf
// llama-server is built by ../shared/peer/build.sh, of the release that the engine package carries. It runs on that
// package's libraries in place of its own (Linux only): two builds of the same source differ in the last bits, this
// model's quantization makes up to 0.1 of logprob of that, and then token by token compares compilers, not servers.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { backendsDir, type EnginePackage, enginePackagesVersion, installedPackages } from '../src/llama/platform.ts'

const target = fileURLToPath(new URL('../test/e2e/recorded/greedy-smollm2.json', import.meta.url))
const serverFlags = ['-t', '2', '-np', '1', '-c', '2048', '-b', '512', '-ub', '512']

/** Every sampling field that either server has a default for, so that neither takes its own. */
const baseRequest = {
  n_predict: 64,
  seed: 42,
  cache_prompt: false,
  return_tokens: true,
  temperature: 0,
  top_k: 40,
  top_p: 0.95,
  min_p: 0.05,
  typical_p: 1,
  top_n_sigma: -1,
  xtc_probability: 0,
  xtc_threshold: 0.1,
  dynatemp_range: 0,
  dynatemp_exponent: 1,
  repeat_penalty: 1,
  repeat_last_n: 64,
  presence_penalty: 0,
  frequency_penalty: 0,
  dry_multiplier: 0,
  mirostat: 0,
  mirostat_tau: 5,
  mirostat_eta: 0.1,
  min_keep: 0,
}

const completions: Readonly<Record<string, string>> = {
  website: 'Building a website can be done in 10 simple steps:',
  paris: 'The capital of France is',
  story: 'Once upon a time, in a small village by the sea, there lived an old fisherman who',
  code: 'def fibonacci(n):\n    """Return the n-th Fibonacci number."""\n',
  numbers: '1, 2, 3, 5, 8, 13,',
  german: 'Die Hauptstadt von Deutschland heißt Berlin. Die Stadt',
}

type Message = { readonly role: string; readonly content: string }

const chats: Readonly<Record<string, readonly Message[]>> = {
  sum: [{ role: 'user', content: 'What is 2+2?' }],
  colors: [{ role: 'user', content: 'Name three colors.' }],
  pirate: [
    { role: 'system', content: 'You are a pirate. You answer in one sentence.' },
    { role: 'user', content: 'Where is the treasure?' },
  ],
  turns: [
    { role: 'user', content: 'My name is Ana and I live in Lisbon. 🌊' },
    { role: 'assistant', content: 'Nice to meet you, Ana!' },
    { role: 'user', content: 'Write me a short poem about the city where I live.' },
  ],
}

const yesNo = 'root ::= ("yes" | "no") ", because " [a-z ,]{20,120} "."'
const list = 'root ::= item item item\nitem ::= "- " [A-Z] [a-z ]{2,30} "\\n"'

/** What each case has beside the base request. Those with temperature 0 draw nothing: only numerics can part them. */
const samplings: Readonly<Record<string, { readonly prompt: string } & Readonly<Record<string, unknown>>>> = {
  'defaults, website': { prompt: completions.website!, temperature: 0.8 },
  'defaults, story': { prompt: completions.story!, temperature: 0.8 },
  'defaults, code': { prompt: completions.code!, temperature: 0.8 },
  'min_p alone, hot': { prompt: completions.story!, temperature: 1.5, top_k: 0, top_p: 1, min_p: 0.1 },
  typical: { prompt: completions.story!, temperature: 0.9, top_k: 0, top_p: 1, min_p: 0, typical_p: 0.6 },
  'repeat penalty, greedy': { prompt: completions.numbers!, repeat_penalty: 1.3 },
  'presence and frequency, greedy': { prompt: completions.website!, presence_penalty: 0.6, frequency_penalty: 0.4 },
  'penalties of the last 8, drawn': {
    prompt: completions.website!,
    temperature: 0.8,
    repeat_penalty: 1.2,
    repeat_last_n: 8,
  },
  'dry, greedy': { prompt: completions.numbers!, dry_multiplier: 0.8, dry_base: 1.75, dry_allowed_length: 2 },
  'grammar, greedy': { prompt: 'Is the sky blue? Answer:', grammar: yesNo },
  'grammar, drawn': { prompt: 'Three animals:\n', temperature: 0.8, grammar: list },
  'logit bias, greedy': { prompt: completions.paris!, logit_bias: [[' Paris', false]] },
  'mirostat 1': { prompt: completions.story!, temperature: 0.8, mirostat: 1 },
  'mirostat 2': { prompt: completions.story!, temperature: 0.8, mirostat: 2 },
}

const texts = [
  '',
  ' ',
  'Hello, world!',
  '  two  spaces\tand a tab\n\n\nand lines\r\n',
  'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.',
  'Съешь же ещё этих мягких французских булок',
  '敏捷的棕色狐狸跳过了懒狗。',
  'זה מבחן و هذا اختبار',
  '👩‍👩‍👧‍👦 🇵🇹 🌊 é e\u0301',
  '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  'a <|endoftext|> b <|im_start b',
  'for (let i = 0; i < 10; i++) { total += prices[i] * 1.19 }',
  "it's, they'll, WE'VE, don't, 3.14159, 1234567890, 1e-9",
  '{"a": [1, 2, {"b": null}], "c": "\\u00e9"}',
  'x'.repeat(100),
  'NUL \u0000 in the middle',
]

const { values } = parseArgs({ options: { peer: { type: 'string' }, model: { type: 'string' } } })
if (values.peer === undefined || values.model === undefined) {
  console.error('usage: npx tsx scripts/record-peer.ts --peer PATH-OF-LLAMA-SERVER --model FILE.gguf')
  process.exit(1)
}
await record(values.peer, values.model)

async function record(program: string, model: string): Promise<void> {
  const engine = installedPackages().at(-1) // the one for the CPU
  if (engine === undefined) throw new Error('no engine package is installed here')
  const libraries = await mkdtemp(join(tmpdir(), 'record-peer-'))
  await linkLibraries(engine, libraries)
  const { child, url } = await startPeer(resolve(program), ['-m', resolve(model), ...serverFlags], libraries)
  try {
    const props = await call(url, '/props')
    const greedy = []
    for (const [name, prompt] of Object.entries(completions)) {
      greedy.push({ name, prompt, ...(await greedyAnswer(url, prompt)) })
    }
    for (const [name, messages] of Object.entries(chats)) {
      const { prompt } = await call(url, '/apply-template', { messages })
      greedy.push({ name, messages, prompt, ...(await greedyAnswer(url, prompt)) })
    }
    const sampled = []
    for (const [name, fields] of Object.entries(samplings)) {
      const answer = await call(url, '/completion', { ...baseRequest, ...fields })
      sampled.push({ name, fields, stopType: answer.stop_type, tokens: answer.tokens, text: answer.content })
    }
    const tokenized = []
    for (const content of texts) {
      const ids = async (flags: object) => (await call(url, '/tokenize', { content, ...flags })).tokens
      tokenized.push({ content, tokens: await ids({}), plain: await ids({ add_special: true, parse_special: false }) })
    }
    const recorded = {
      recordedBy: 'scripts/record-peer.ts',
      peer: `llama-server ${props.build_info}`,
      engine: `@node-llama-cpp/${engine.name} ${enginePackagesVersion}, ${await loadedBackend(child)}`,
      flags: serverFlags,
      modelSha256: await sha256(model),
      request: baseRequest,
      greedy,
      sampled,
      tokenized,
    }
    await mkdir(new URL('.', `file://${target}`), { recursive: true })
    await writeFile(target, `${toReadableJson(recorded)}\n`)
    console.log(`${target}: ${greedy.length} greedy, ${sampled.length} sampled, ${tokenized.length} texts`)
  } finally {
    child.kill('SIGTERM')
    await rm(libraries, { recursive: true })
  }
}

/** The package's libraries under the names that llama-server is linked to, and its backends as they are. */
async function linkLibraries(engine: EnginePackage, dir: string): Promise<void> {
  const from = backendsDir(engine)
  for (const name of await readdir(from)) {
    if (name.startsWith('lib')) await symlink(join(from, name), join(dir, name))
  }
  const { base, ggml, llama } = engine.files
  await symlink(base, join(dir, 'libggml-base.so.0'))
  await symlink(ggml, join(dir, 'libggml.so.0'))
  await symlink(llama, join(dir, 'libllama.so.0'))
}

/** @throws when the process does not run on the package's libraries. */
async function loadedBackend(child: ChildProcess): Promise<string> {
  const maps = await readFile(`/proc/${child.pid}/maps`, 'utf8')
  const path = /\S*@node-llama-cpp\S*(libggml-cpu-\S+)/.exec(maps)?.[0]
  if (path === undefined) throw new Error("llama-server did not load the engine package's libraries")
  return basename(path)
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** The tokens, and how far the best one was ahead of the second at each place, in logprob. */
async function greedyAnswer(url: string, prompt: string): Promise<object> {
  const answer = await call(url, '/completion', { ...baseRequest, prompt, n_probs: 3 })
  const probabilities: readonly { id: number; token: string; top_logprobs: { id: number; logprob: number }[] }[] =
    answer.completion_probabilities
  const margins = answer.tokens.map((token: number, i: number) => {
    const top = probabilities[i]?.top_logprobs
    if (top === undefined) return null // the peer tells none for an end of generation
    if (probabilities[i]!.id !== token) throw new Error(`probabilities and tokens differ at ${i} of ${prompt}`)
    return Number((top[0]!.logprob - top[1]!.logprob).toFixed(4))
  })
  return {
    nPromptTokens: answer.tokens_evaluated,
    stopType: answer.stop_type,
    tokens: answer.tokens,
    pieces: probabilities.map(({ token }) => token),
    margins,
    text: answer.content,
  }
}

async function startPeer(
  program: string,
  flags: readonly string[],
  libraries: string,
): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(program, [...flags, '--host', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
    cwd: libraries, // backends are looked for here
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  })
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    const isReady = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return { child, url }
    await sleep(100)
  }
  child.kill('SIGTERM')
  throw new Error(`${program} was not ready in 30 s`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

// biome-ignore lint/suspicious/noExplicitAny: another program's answers, checked by what is done with them
async function call(url: string, path: string, body?: unknown): Promise<any> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url + path, { ...init, headers: { 'content-type': 'application/json' } })
  if (!response.ok) throw new Error(`${path} ${response.status}: ${await response.text()}`)
  return response.json()
}

/** Two spaces a level; a list of numbers or strings, and a flat object that is short, on one line. */
function toReadableJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isFlat = Object.values(value).every((item) => typeof item !== 'object' || item === null)
  const line = JSON.stringify(value)
  if (isFlat && (Array.isArray(value) || line.length <= 100)) return line
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + toReadableJson(item, inner)).join(',\n')}\n${indent}]`
  }
  const rows = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${toReadableJson(item, inner)}`,
  )
  return `{\n${rows.join(',\n')}\n${indent}}`
}
