// `npm run bench`: measures Cria as it is built, and beside it any server with llama-server's API.
// Asserts nothing.
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultCacheDir } from '../src/files/model-store/cache-dir.ts'
import { fetchDefaultModel } from '../src/files/model-store/fetch-model.ts'
import { resolveOptions } from '../src/options/resolve.ts'
import { contestant } from './contestant.ts'
import { parseOptions, UsageError, usage } from './options.ts'
import { circumstances, jsonReport, markdownReport } from './report.ts'
import { runRounds } from './rounds.ts'
import { endAllServers } from './server.ts'
import { failureLines, tableRows, textTable } from './table.ts'

const progress = (line: string) => process.stderr.write(`${line}\n`)

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    ending.abort(signal)
    endAllServers()
  })
}

try {
  await main(process.argv.slice(2))
  process.exit(0) // idle connections would keep the process alive for a while
} catch (error) {
  if (ending.signal.aborted) process.exit(ending.signal.reason === 'SIGINT' ? 130 : 143)
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`bench: ${error.message}\n`)
  process.exit(2)
}

async function main(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv)
  if (options.help) {
    process.stdout.write(usage)
    return
  }
  const ours = contestant('Cria', builtCria())
  const contestants = options.peer === undefined ? [ours] : [ours, contestant('peer', options.peer)]
  const model = options.model ?? (await defaultModel())
  const about = circumstances(argv, options, model, contestants)
  for (const [name, version] of Object.entries(about.versions)) progress(`${name}: ${version}`)

  const { rounds: nRounds, scenarios, threads, scale } = options
  const rounds = await runRounds({ scenarios, contestants, nRounds, model, threads, scale }, progress, ending.signal)
  const rows = tableRows(
    rounds,
    contestants.map(({ name }) => name),
  )
  process.stdout.write(`${textTable(rows)}\n`)
  for (const line of failureLines(rounds)) process.stdout.write(`failed: ${line}\n`)
  if (options.markdown !== undefined) writeFileSync(options.markdown, markdownReport(about, rows, rounds))
  if (options.json !== undefined) writeFileSync(options.json, jsonReport(about, rounds))
}

function builtCria(): string {
  const path = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  if (existsSync(path)) return path
  throw new UsageError('dist/main.js is not there: run `npm run build` first')
}

/** The model that Cria would serve: found in the cache folder, or fetched into it. */
function defaultModel(): Promise<string> {
  const { cacheDir, hfEndpoint, hfToken } = resolveOptions([], process.env)
  return fetchDefaultModel({
    cacheDir: cacheDir ?? defaultCacheDir(),
    log: progress,
    signal: ending.signal,
    ...(hfEndpoint === undefined ? {} : { hubUrl: hfEndpoint }),
    ...(hfToken === undefined ? {} : { hubToken: hfToken }),
  })
}
