// Embeddings as they are built: their speed beside llama-server's, their memory, and their effect
// on a stream.
//   npx tsx bench/embeddings.ts [--peer PATH-OF-LLAMA-SERVER] [--threads N] [--part speed|memory|gaps]
// Prints figures and asserts nothing. Needs `npm run build`.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { minilm } from '../test/support/minilm.ts'
import { smollm2 } from '../test/support/smollm2.ts'
import { type Contestant, contestant } from './contestant.ts'
import { median } from './figure.ts'
import { Generation } from './generation.ts'
import { sendForJson } from './http.ts'
import { Server } from './server.ts'
import { englishText } from './text.ts'
import { warmUp } from './warm-up.ts'

const { values } = parseArgs({
  options: { peer: { type: 'string' }, threads: { type: 'string', default: '2' }, part: { type: 'string' } },
})
const isAsked = (part: string) => values.part === undefined || values.part === part
const ours = contestant('Cria', fileURLToPath(new URL('../dist/main.js', import.meta.url)))
const all = values.peer === undefined ? [ours] : [ours, contestant('peer', values.peer)]
const threads = ['-t', values.threads]

const real = await realModel()
const text = await smollm2()

if (isAsked('speed')) for (const round of [1, 2, 3]) for (const one of all) await speed(one, round)
if (isAsked('memory'))
  for (const flags of [[], ['--embedding'], ['--embedding', '--pooling', 'mean']]) await memory(ours, flags)
if (isAsked('gaps')) await gaps(ours)
process.exit(0)

async function realModel(): Promise<string> {
  const found = await minilm()
  if ('missing' in found) throw new Error(found.missing)
  return found.model
}

/** MiniLM: many short texts in one request, and one after the other. */
async function speed(who: Contestant, round: number): Promise<void> {
  const server = await Server.start(who, ['-m', real, '--embedding', '-b', '512', '-ub', '512', ...threads])
  const texts = Array.from({ length: 256 }, (_, i) => englishText(1000 * round + i, 20))
  await embed(server, texts.slice(0, 32))
  const many = await timed(() => embed(server, texts))
  const single = await timed(async () => {
    for (const one of texts.slice(0, 64)) await embed(server, [one])
  })
  say(`${who.name}, round ${round}`, 'texts of 20 words each second, 256 in a request', 256_000 / many)
  say(`${who.name}, round ${round}`, 'texts of 20 words each second, one in a request', 64_000 / single)
  await server.stop()
}

/** The memory of the second context once it has been used. */
async function memory(who: Contestant, flags: readonly string[]): Promise<void> {
  const server = await Server.start(who, ['-m', text, '-c', '2048', ...flags, ...threads])
  await warmUp(server.url)
  if (flags.length > 0) await embed(server, [englishText(1, 1000), englishText(2, 100)])
  say(`Cria, SmolLM2 -c 2048 ${flags.join(' ')}`, 'memory (PSS), MiB', server.memoryMiB() ?? Number.NaN)
  await server.stop()
}

/** A stream while long texts are embedded beside it. */
async function gaps(who: Contestant): Promise<void> {
  const server = await Server.start(who, ['-m', text, '-c', '8192', '-np', '2', '--embedding', ...threads])
  await warmUp(server.url)
  await embed(server, [englishText(3, 500)])
  const stream = Generation.ofPrompt(server.url, englishText(4, 40), 4000)
  while (stream.arrivalsMs.length < 10) await new Promise((resolve) => setTimeout(resolve, 10))
  const nAlone = stream.arrivalsMs.length
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const alone = stream.gapsMs.slice(nAlone)
  const nBefore = stream.gapsMs.length
  const ms = await timed(() =>
    embed(
      server,
      Array.from({ length: 12 }, (_, i) => englishText(50 + i, 400)),
    ),
  )
  const beside = stream.gapsMs.slice(nBefore)
  stream.stop()
  const shown = (name: string, gapsMs: readonly number[]) => {
    say('a stream of SmolLM2', `gap between tokens ${name}, median, ms`, median(gapsMs) ?? Number.NaN)
    say('a stream of SmolLM2', `gap between tokens ${name}, longest, ms`, Math.max(...gapsMs))
  }
  shown('alone', alone)
  shown('beside 12 texts of 400 words', beside)
  say('a stream of SmolLM2', 'those texts took, ms', ms)
  await server.stop()
}

async function embed({ url }: Server, input: readonly string[]): Promise<void> {
  await sendForJson(`${url}/v1/embeddings`, { input })
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

function say(who: string, what: string, value: number): void {
  console.log(`${who}: ${what}: ${value.toFixed(1)}`)
}
