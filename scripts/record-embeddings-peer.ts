// Records the vectors and scores of llama-server, for test/e2e/embeddings.test.ts and
// test/contract/engine/embeddings-peer.test.ts. Run by hand: npx tsx
// scripts/record-embeddings-peer.ts --peer PATH-OF-LLAMA-SERVER
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { minilm } from '../test/support/minilm.ts'
import { tinyBert } from '../test/support/tiny-bert.ts'
import { tinyModel } from '../test/support/tiny-models.ts'
import { call, Peer, sha256 } from './peer.ts'
import { toReadableJson } from './readable-json.ts'

const sentences = [
  'A man is playing a guitar.',
  'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.',
  "It's naïve; WE'VE paid 3.14159 €: x = y + 1!",
  '敏捷的棕色狐狸跳过了懒狗。',
  `${'Roots drink water, and leaves turn light into sugar. '.repeat(20)}That is all.`,
]
const words = ['the sea was blue', 'one more day', 'there is no way to go down the long way', 'a '.repeat(100)]
const documents = ['the day of the first people', 'go down', 'you are my day', 'what a long way']

const { values } = parseArgs({ options: { peer: { type: 'string' } } })
if (values.peer === undefined) {
  console.error('usage: npx tsx scripts/record-embeddings-peer.ts --peer PATH-OF-LLAMA-SERVER')
  process.exit(1)
}
const program = values.peer
const real = await minilm()
if ('missing' in real) throw new Error(real.missing)

await write('../test/e2e/recorded/embeddings.json', await vectors(real.model, 'mean', sentences))
const tiny = []
for (const name of ['tiny-llama', 'tiny-swa', 'tiny-mamba'] as const) {
  for (const pooling of ['last', 'mean']) {
    tiny.push({ model: name, ...(await vectors(tinyModel(name), pooling, words)) })
  }
}
for (const pooling of ['mean', 'cls', 'last']) {
  tiny.push({ model: 'tiny-bert', ...(await vectors(tinyBert('tiny-bert'), pooling, words)) })
}
await write('../test/contract/engine/recorded/embeddings-tiny.json', {
  tiny,
  ranked: [
    { model: 'tiny-reranker', ...(await scores(tinyBert('tiny-reranker'))) },
    { model: 'tiny-qwen-ranker', ...(await scores(tinyModel('tiny-qwen-ranker'))) },
  ],
})

async function vectors(model: string, pooling: string, texts: readonly string[]) {
  const flags = ['-m', model, '-t', '1', '--embedding', '--pooling', pooling, '-c', '512', '-np', '1', '-b', '512']
  const peer = await Peer.start(program, flags)
  try {
    const answer = await call(peer.url, '/v1/embeddings', { input: texts, encoding_format: 'base64' })
    return {
      pooling,
      modelSha256: await sha256(model),
      engine: peer.engine,
      nTokens: answer.usage.prompt_tokens,
      texts: texts.map((text, i) => ({ text, vector: answer.data[i].embedding })),
    }
  } finally {
    await peer.stop()
  }
}

async function scores(model: string) {
  const peer = await Peer.start(program, ['-m', model, '-t', '1', '--reranking', '-np', '1', '-c', '512'])
  try {
    const query = 'what a day'
    const { results, usage } = await call(peer.url, '/rerank', { query, documents })
    return { modelSha256: await sha256(model), query, documents, nTokens: usage.prompt_tokens, results }
  } finally {
    await peer.stop()
  }
}

async function write(path: string, recorded: object): Promise<void> {
  const target = fileURLToPath(new URL(path, import.meta.url))
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, `${toReadableJson({ recordedBy: 'scripts/record-embeddings-peer.ts', ...recorded })}\n`)
  console.log(target)
}
