// `npm run peer-suite`: llama.cpp's own server tests against Cria, and docs/peer-suite.md from their results.
//   PEER_SUITE  the folder with the suite's `run` (default: shared/peer-suite beside this repository)
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

/** The files of the suite that the project promises something of. */
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
    return { node: node.join('\t'), isPassed: outcome === 'passed' }
  })
  .sort((a, b) => (a.node < b.node ? -1 : 1))
writeFileSync(join(root, 'docs', 'peer-suite.md'), page(results))
const unexplained = results.filter(({ node, isPassed }) => !isPassed && reasonOf(node) === undefined)
for (const { node } of unexplained) console.error(`fails without a reason in test/peer-suite/reasons.json: ${node}`)
process.exitCode = unexplained.length > 0 ? 1 : 0

/** @param {string} node the id of a test: file, name and parameters. */
function reasonOf(node) {
  const name = node.replace(/^unit\//, '')
  return Object.entries(reasons).find(([start]) => name.startsWith(start))?.[1]
}

/** @param {{ node: string, isPassed: boolean }[]} all */
function page(all) {
  const nPassed = all.filter(({ isPassed }) => isPassed).length
  const rows = all.map(({ node, isPassed }) => {
    const name = node
      .replace(/^unit\/test_/, '')
      .replaceAll('|', '\\|')
      .replaceAll('\n', '\\n')
    return `| \`${name}\` | ${isPassed ? 'passes' : (reasonOf(node) ?? 'fails; no reason is known')} |`
  })
  return `${[
    "# llama.cpp's own server tests",
    '',
    `Written by \`npm run peer-suite\`: the tests of llama-server v0.5.0 in ${files.join(', ')}, run against Cria with the`,
    'defaults of today (`test/peer-suite/cria-as-llama-server`). Reasons are kept in `test/peer-suite/reasons.json`.',
    '',
    `${nPassed} of ${all.length} pass.`,
    '',
    '| test | |',
    '|---|---|',
    ...rows,
  ].join('\n')}\n`
}
