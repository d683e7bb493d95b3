// `npm run peer-suite`: llama.cpp's own server tests against Cria. Records their outcome in
// test/peer-suite/results.tsv, from which `npm run docs` writes a part of docs/compat.md.
//   PEER_SUITE  the folder with the suite's `run` (default: shared/peer-suite beside this repository)
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

/** The files of the suite for which the project makes promises. */
const files = ['basic', 'completion', 'tokenize', 'embedding', 'infill', 'slot_save', 'ctx_shift', 'ignore_eos']

/** @type {Record<string, string>} */
const reasons = JSON.parse(readFileSync(join(root, 'test', 'peer-suite', 'reasons.json'), 'utf8'))

const suite = process.env.PEER_SUITE ?? join(root, '..', 'shared', 'peer-suite')
if (!existsSync(join(suite, 'run'))) {
  console.error(`there is no suite in ${suite}; name its folder in PEER_SUITE`)
  process.exit(1)
}
setup()
const server = join(root, 'test', 'peer-suite', 'cria-as-llama-server')
const args = [server, '--jobs', '2', '--subset', files.join(','), ...process.argv.slice(2)]
const { status } = spawnSync(join(suite, 'run'), args, { stdio: 'inherit' })
if (status === null) process.exit(1)

const scratch = process.env.PEER_SUITE_DIR ?? join(tmpdir(), 'peer-suite')
const results = readFileSync(join(scratch, 'last-results.tsv'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [outcome = '', , ...node] = line.split('\t')
    const name = node.join('\t').replace(/^unit\//, '')
    return { name, isPassed: outcome === 'passed' }
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1))
const lines = results.map(
  ({ name, isPassed }) => `${isPassed ? 'passed' : 'failed'}\t${name.replaceAll('\n', '\\n')}\n`,
)
writeFileSync(join(root, 'test', 'peer-suite', 'results.tsv'), lines.join(''))
console.log(`${results.filter(({ isPassed }) => isPassed).length} of ${results.length} pass`)

const isExplained = (name) => Object.keys(reasons).some((start) => name.startsWith(start))
const unexplained = results.filter(({ name, isPassed }) => !isPassed && !isExplained(name))
for (const { name } of unexplained) console.error(`fails without a reason in test/peer-suite/reasons.json: ${name}`)
process.exitCode = unexplained.length > 0 ? 1 : 0
