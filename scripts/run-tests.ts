// Runs the checks and the test files phase by phase, a line for each, and ends with `N passed, N
// failed, N skipped`.
//   run-tests.ts [check] [unit] [contract] [e2e] [browser] [--only PART-OF-A-FILE-NAME]… [--repeat N] [--busy]
// --repeat runs the test files N times and reports how often each test failed; --busy keeps all
// cores busy meanwhile.
import { fork, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name: string) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)

/** Biome's program is JavaScript, among the packages of the tests. */
function biome(): string {
  return createRequire(join(root, 'test', 'package.json')).resolve('@biomejs/biome/bin/biome')
}

/** All checks other than test files: name → command. */
const checks: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'types (tsc)': [bin('tsc'), '-p', 'tsconfig.json'],
  'types of web/lib (tsc)': [bin('tsc'), '-p', 'web/lib/tsconfig.json'],
  'types of the page (tsc)': [bin('tsc'), '-p', 'web/tsconfig.json'],
  'types of what drives a browser (tsc)': [bin('tsc'), '-p', 'test/browser/tsconfig.json'],
  'lint and format (biome)': [process.execPath, biome(), 'ci', '--colors=off', '.'],
  'imports between rooms': [process.execPath, '--import', 'tsx', 'scripts/check-imports.ts'],
  'English of comments, messages and docs': [process.execPath, '--import', 'tsx', 'scripts/check-english.ts'],
  'generated docs are fresh': [process.execPath, '--import', 'tsx', 'scripts/make-docs.ts', '--check'],
}

/** Test files that run at the same time. */
const concurrency: Readonly<Record<string, number>> = { unit: 2, contract: 2, e2e: 1, browser: 2 }
/** Time limit of a file; --busy leaves it only a part of the processor. */
const testTimeoutMs = { quiet: 300_000, busy: 900_000 }

type Counts = { passed: number; failed: number; skipped: number }

const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    repeat: { type: 'string', default: '1' },
    busy: { type: 'boolean', default: false },
  },
})
const nRounds = Number(values.repeat)
if (!Number.isInteger(nRounds) || nRounds < 1) throw new Error(`--repeat ${values.repeat} is not a number of rounds`)
const phases = positionals.length > 0 ? positionals : ['check', ...Object.keys(concurrency)]
const started = performance.now()
const unknown = phases.find((phase) => phase !== 'check' && !(phase in concurrency))
if (unknown !== undefined) {
  throw new Error(`there is no phase ${unknown}; there are check, ${Object.keys(concurrency).join(', ')}`)
}
if (phases.includes('check')) runChecks()
if (values.busy) keepBusy()
for (let round = 1; round <= nRounds; round++) {
  if (nRounds > 1) console.log(`round ${round} of ${nRounds}`)
  for (const phase of phases) if (phase !== 'check') await runFiles(phase)
}
if (failures.length > 0) console.log(`\nFailed:\n${failureLines().join('\n')}`)
console.log(`\n${Math.round((performance.now() - started) / 1000)} s`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 ? 1 : 0)

/** Each failed test once, with the number of its failures if there were several rounds. */
function failureLines(): string[] {
  const times = new Map<string, number>()
  for (const failure of failures) times.set(failure, (times.get(failure) ?? 0) + 1)
  return [...times].map(([failure, n]) => (nRounds > 1 ? `  ${n} of ${nRounds}: ${failure}` : `  ${failure}`))
}

/** Starts as many processes as there are cores; they end with this one. */
function keepBusy(): void {
  const program = join(root, 'scripts', 'busy.mjs')
  for (let i = 0; i < availableParallelism(); i++) fork(program).unref()
}

function runChecks(): void {
  console.log('check')
  for (const [name, [command, ...args]] of Object.entries(checks)) {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
    const isGood = status === 0
    total[isGood ? 'passed' : 'failed']++
    console.log(`  ${isGood ? '✓' : '✗'} ${name}`)
    if (isGood) continue
    failures.push(name)
    console.log(`${stdout}${stderr}`)
  }
}

async function runFiles(phase: string): Promise<void> {
  const files = testFiles(join(root, 'test', phase)).filter((file) => values.only.some((part) => file.includes(part)))
  if (files.length === 0) return
  console.log(`${phase}: ${files.length} files`)
  const counts = new Map<string, Counts>()
  const seeds: string[] = []
  const show = (file: string) => {
    console.log(line(file, counts.get(file)!))
    counts.delete(file)
  }
  for await (const event of run({
    files,
    concurrency: concurrency[phase]!,
    timeout: testTimeoutMs[values.busy ? 'busy' : 'quiet'],
  })) {
    if (event.type === 'test:stdout') seeds.push(...(event.data.message.match(/^.*seed \d+.*$/gm) ?? []))
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, file = '', skip, details } = event.data
    const isFile = files.includes(name) || (details as { type?: string }).type === 'suite'
    if (isFile && event.type === 'test:pass') continue
    const outcome = event.type === 'test:fail' ? 'failed' : skip !== undefined ? 'skipped' : 'passed'
    total[outcome]++
    const where = relative(root, file || name)
    if (!counts.has(where)) for (const done of counts.keys()) show(done)
    const count = counts.get(where) ?? { passed: 0, failed: 0, skipped: 0 }
    counts.set(where, count)
    count[outcome]++
    if (outcome === 'skipped') console.log(`  - skipped: ${name}${typeof skip === 'string' ? ` (${skip})` : ''}`)
    if (event.type !== 'test:fail') continue
    failures.push(`${where}: ${name}`)
    const cause = (event.data.details.error as Error & { cause?: unknown }).cause ?? event.data.details.error
    console.log(
      `  ✗ ${where}: ${name}\n${indent(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))}`,
    )
  }
  for (const done of counts.keys()) show(done)
  if (seeds.length > 0 && total.failed > 0) console.log(`  seeds: ${seeds.join('; ')}`)
}

function testFiles(dir: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => join(dir, file))
}

function line(file: string, { passed, failed, skipped }: Counts): string {
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ]
  return `  ${failed > 0 ? '✗' : '✓'} ${file}: ${parts.join(', ')}`
}

function indent(text: string): string {
  return text
    .split('\n')
    .slice(0, 30)
    .map((line) => `      ${line}`)
    .join('\n')
}
