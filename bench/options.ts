// The command line of the benchmark.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'

export type BenchOptions = {
  readonly help: boolean
  /** undefined: the default model. */
  readonly model: string | undefined
  readonly peer: string | undefined
  readonly rounds: number
  readonly threads: number
  readonly scale: number
  readonly scenarios: readonly Scenario[]
  readonly markdown: string | undefined
  readonly json: string | undefined
}

/** Its message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `npm run bench -- [options]

  --peer PATH        also measure this server with llama-server's flags and API, side by side
  --model FILE       GGUF file; default: the model that Cria serves by default
  --rounds N         rounds of each scenario; the table has their median (3)
  --scenario A,B     only these (all)
  --threads N        threads of each server (2)
  --scale F          multiply the lengths of texts and times, for small models (1)
  --markdown FILE    write the table as Markdown
  --json FILE        write all rounds as JSON

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join('\n')}
`

/** @throws UsageError. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { help, ...values } = parse(argv)
  return {
    help: help === true,
    model: values.model === undefined ? undefined : existing('--model', values.model),
    peer: values.peer === undefined ? undefined : existing('--peer', values.peer),
    rounds: positive('--rounds', values.rounds ?? '3'),
    threads: positive('--threads', values.threads ?? '2'),
    scale: positive('--scale', values.scale ?? '1', false),
    scenarios: values.scenario === undefined ? scenarios : values.scenario.split(',').map(scenarioNamed),
    markdown: values.markdown === undefined ? undefined : inFolder('--markdown', values.markdown),
    json: values.json === undefined ? undefined : inFolder('--json', values.json),
  }
}

function parse(argv: readonly string[]) {
  const string = { type: 'string' } as const
  const names = { model: string, peer: string, rounds: string, threads: string, scale: string, scenario: string }
  const options = { ...names, markdown: string, json: string, help: { type: 'boolean', short: 'h' } } as const
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function existing(flag: string, path: string): string {
  if (!existsSync(path)) throw new UsageError(`${flag}: there is no file ${path}`)
  return resolve(path)
}

/** Reported before the measurement, not after it. */
function inFolder(flag: string, path: string): string {
  if (!existsSync(dirname(path))) throw new UsageError(`${flag}: there is no folder ${dirname(path)}`)
  return path
}

function positive(flag: string, text: string, isWhole = true): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value) && (!isWhole || Number.isInteger(value))) return value
  throw new UsageError(`${flag}: ${text} is not a ${isWhole ? 'whole ' : ''}number above 0`)
}

function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  throw new UsageError(`--scenario: ${name} is none of ${scenarios.map((scenario) => scenario.name).join(', ')}`)
}
