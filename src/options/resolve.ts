// Command line and environment → one frozen record. Nothing else reads process.argv or process.env.
import yargsParser from 'yargs-parser'
import { messageOf, StartError, show } from '../base/errors.ts'
import { joinScales, readAdapterFiles } from './adapter-file.ts'
import type { Flag } from './flag.ts'
import { readKvOverrides } from './kv-override.ts'
import { type Options, table } from './table.ts'
import { unservedSentence } from './unserved.ts'

const rows: readonly (readonly [string, Flag])[] = Object.entries(table)

/**
 * Flags take precedence over the environment, the environment over the defaults.
 * @param argv the arguments after the program's name.
 * @throws StartError naming the flag, the value and the rule.
 */
export function resolveOptions(argv: readonly string[], env: Environment): Options {
  const { given, texts } = readArguments(argv)
  refuseTexts(texts)
  return optionsOf(given, env)
}

/** As `resolveOptions`, for a command that also takes texts, anywhere among the flags. */
export function resolveCommandLine(
  argv: readonly string[],
  env: Environment,
): { readonly options: Options; readonly texts: readonly string[] } {
  const { given, texts } = readArguments(argv)
  return { options: optionsOf(given, env), texts }
}

type Environment = Readonly<Record<string, string | undefined>>

function optionsOf(given: ReadonlyMap<string, Given>, env: Environment): Options {
  const options: Record<string, unknown> = {}
  for (const [key, row] of rows) {
    if (row.support !== undefined) continue
    const fromFlag = given.get(key)
    const fromEnv = readEnvironment(row, env)
    if (fromFlag !== undefined) options[key] = fromFlag.off ? false : readValue(row, fromFlag.flag, fromFlag.texts)
    else if (fromEnv !== undefined) options[key] = fromEnv.off ? false : readValue(row, fromEnv.name, [fromEnv.text])
    else options[key] = row.default
  }
  if (options.mmprojAuto === false) options.mmproj = undefined
  return Object.freeze(options) as Options
}

/** @returns undefined when no variable gives a value. */
function readEnvironment(
  { env: name, offFlags = [] }: Flag,
  env: Environment,
): { readonly name: string; readonly text: string; readonly off: boolean } | undefined {
  if (name === undefined) return undefined
  // llama-server's older way of switching something off: setting the variable is enough
  if (offFlags.length > 0 && env[negated(name)] !== undefined) return { name: negated(name), text: '', off: true }
  const text = env[name]
  return text === undefined || text === '' ? undefined : { name, text, off: false }
}

/** The variable that switches off what another one switches on. */
export function negated(name: string): string {
  return name.replace('LLAMA_ARG_', 'LLAMA_ARG_NO_')
}

/** A flag as given: its last spelling, and its values, in order. */
export type Given = { readonly flag: string; readonly texts: readonly string[]; readonly off: boolean }
type Spelling = { readonly key: string; readonly row: Flag; readonly off: boolean }

const spellings: ReadonlyMap<string, Spelling> = new Map(
  rows.flatMap(([key, row]): [string, Spelling][] => [
    ...row.flags.map((flag): [string, Spelling] => [flag, { key, row, off: false }]),
    ...(row.offFlags ?? []).map((flag): [string, Spelling] => [flag, { key, row, off: true }]),
  ]),
)

/** Lists that are concatenated when a flag is given several times. */
const listTypes: readonly Flag['type'][] = ['strings', 'adapters', 'overrides']

/**
 * A row's name for the parser: no argument can spell it, nor begin with it, since the parser reads
 * `--model-x` as `--model`.
 */
const nameOf = (key: string) => `\0${key}`

export type Arguments = {
  /** The flags, by row; of several spellings the last one is kept. */
  readonly given: ReadonlyMap<string, Given>
  /** Arguments that are neither a flag nor the value of one. */
  readonly texts: readonly string[]
}

/** @throws StartError for an unknown flag. */
export function readArguments(argv: readonly string[]): Arguments {
  const lastFlag = new Map<string, string>()
  const canonical = joinScales(argv).map((argument) => canonicalArgument(argument, lastFlag))
  const parsed = yargsParser.detailed(canonical, {
    string: rows.filter(([, row]) => row.type !== 'boolean').map(([key]) => nameOf(key)),
    boolean: rows.filter(([, row]) => row.type === 'boolean').map(([key]) => nameOf(key)),
    configuration: {
      'short-option-groups': false, // -ngl is one flag
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'unknown-options-as-args': true,
      'duplicate-arguments-array': true,
    },
  })
  if (parsed.error) throw new StartError(messageOf(parsed.error))
  const rest = parsed.argv._.map(String)
  refuseUnknown(rest.find((argument) => argument.startsWith('-')))

  const given = new Map<string, Given>()
  for (const [key, row] of rows) {
    const value: unknown = parsed.argv[nameOf(key)]
    if (value === undefined) continue
    const values = [value].flat()
    const texts = values.filter((each) => typeof each === 'string')
    given.set(key, { flag: lastFlag.get(key) ?? row.flags[0]!, texts, off: values.at(-1) === false })
  }
  return { given, texts: rest }
}

/**
 * Replaces any spelling of a flag by the name of its row, so the last one applies, however it is
 * spelled.
 */
function canonicalArgument(argument: string, lastFlag: Map<string, string>): string {
  const [flag, ...rest] = argument.split('=')
  const found = spellings.get(flag!)
  if (found === undefined) return argument
  const { key, row, off } = found
  if (row.type === 'boolean' && rest.length > 0) throw new StartError(`${flag} takes no value`)
  lastFlag.set(key, flag!)
  if (off) return `--${nameOf(key)}=false`
  return rest.length > 0 ? `--${nameOf(key)}=${rest.join('=')}` : `--${nameOf(key)}`
}

function refuseTexts([text]: readonly string[]): void {
  if (text === undefined) return
  const hint = text.endsWith('.gguf')
    ? `a model file is given with -m ${text}`
    : 'the commands are serve, run, build-mtmd and help, and a model file is given with -m'
  throw new StartError(`unexpected argument ${show(text)}; ${hint}`)
}

function refuseUnknown(unknown: string | undefined): void {
  if (unknown === undefined) return
  const name = unknown.split('=')[0]!
  const known = unservedSentence(name)
  if (known !== undefined) throw new StartError(known)
  const close = [...spellings.keys()].filter((flag) => isClose(flag, name))
  const hint = close.length > 0 ? `; did you mean ${close.slice(0, 3).join(' or ')}?` : '; --help lists all'
  throw new StartError(`unknown flag ${name}${hint}`)
}

/** @param texts the given values, in order; unless the value is a list, the last one applies. */
function readValue(row: Flag, name: string, texts: readonly string[]): unknown {
  const text = listTypes.includes(row.type) ? texts.join(',') : texts.at(-1)
  if (row.type === 'boolean') return text === undefined ? true : readBoolean(name, text)
  if (text === undefined || text === '') {
    if (row.alone !== undefined) return row.alone
    throw new StartError(`${name} needs a value: ${name} ${row.arg ?? 'VALUE'}`)
  }
  if (row.auto?.includes(text)) return row.default
  switch (row.type) {
    case 'read':
      return row.read!(name, texts)
    case 'string':
      return row.values === undefined ? text : readWord(row.values, name, text)
    case 'strings':
      return text.split(',').filter((part) => part !== '')
    case 'adapters':
      return readAdapterFiles(name, text)
    case 'overrides':
      return readKvOverrides(name, text)
    case 'numbers':
      return text.split(/[,/]/).map((part) => readNumber(row, name, part))
    default:
      return readNumber(row, name, text)
  }
}

function readWord(values: readonly string[], name: string, text: string): string {
  if (values.includes(text)) return text
  const asSwitch = isOn.test(text) ? 'on' : isOff.test(text) ? 'off' : text === '-1' ? 'auto' : text
  if (values.includes(asSwitch)) return asSwitch
  throw new StartError(`${name}: ${show(text)} is not one of ${values.join(', ')}`)
}

const isOn = /^(1|true|on|yes|enabled)$/i
const isOff = /^(0|false|off|no|disabled)$/i

function readBoolean(name: string, text: string): boolean {
  if (isOn.test(text)) return true
  if (isOff.test(text)) return false
  throw new StartError(`${name}: ${show(text)} is neither on nor off`)
}

/** The engine's maximum; as a bound it is not specific to the flag. */
const largestInteger = 2_147_483_647

function readNumber(row: Flag, name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const min = row.min ?? Number.NEGATIVE_INFINITY
  const max = row.max ?? Number.POSITIVE_INFINITY
  if (!Number.isFinite(value)) throw new StartError(`${name}: ${show(text)} is not a number`)
  if (row.type === 'integer' && !Number.isInteger(value)) throw new StartError(`${name}: ${text} is not an integer`)
  if (value < min || value > max) {
    const range = max >= largestInteger && value < min ? `${min} or more` : `in [${min}, ${max}]`
    throw new StartError(`${name}: ${text} is not ${range}`)
  }
  return value
}

/**
 * Whether two names differ by at most two letters added, dropped or changed, or one begins with the
 * other.
 */
export function isClose(a: string, b: string): boolean {
  if (b.length >= 5 && a.startsWith(b)) return true
  const previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    let diagonal = previous[0]!
    previous[0] = i
    for (let j = 1; j <= b.length; j++) {
      const above = previous[j]!
      previous[j] = Math.min(above + 1, previous[j - 1]! + 1, diagonal + (a[i - 1] === b[j - 1] ? 0 : 1))
      diagonal = above
    }
  }
  return previous[b.length]! <= Math.min(2, Math.floor(b.length / 3))
}
