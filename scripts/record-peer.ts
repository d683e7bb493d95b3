// Records llama-server's answers, with which test/e2e/peer-answers.test.ts compares ours. Run by
// hand:
//   npx tsx scripts/record-peer.ts --peer PATH-OF-LLAMA-SERVER --model SmolLM2-135M-Instruct.Q4_1.gguf
// PATH-OF-LLAMA-SERVER is a build of the release in the engine package. This model's quantization
// makes up to 0.1 of logprob of a difference in the last bits; peer.ts says how that is avoided.
import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { baseRequest, call, Peer, sha256 } from './peer.ts'
import { toReadableJson } from './readable-json.ts'

const target = fileURLToPath(new URL('../test/e2e/recorded/greedy-smollm2.json', import.meta.url))
const serverFlags = ['-t', '2', '-np', '1', '-c', '2048', '-b', '512', '-ub', '512']

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

/**
 * The fields of each case besides the base request. Those with temperature 0 draw no random
 * numbers: only numerics can make them differ.
 */
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
  const peer = await Peer.start(program, ['-m', resolve(model), ...serverFlags])
  const { url } = peer
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
      engine: peer.engine,
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
    await peer.stop()
  }
}

/** The tokens, and the lead of the best one over the second at each position, in logprob. */
async function greedyAnswer(url: string, prompt: string): Promise<object> {
  const answer = await call(url, '/completion', { ...baseRequest, prompt, n_probs: 3 })
  const probabilities: readonly { id: number; token: string; top_logprobs: { id: number; logprob: number }[] }[] =
    answer.completion_probabilities
  const margins = answer.tokens.map((token: number, i: number) => {
    const top = probabilities[i]?.top_logprobs
    if (top === undefined) return null // the peer reports none for an end of generation
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
