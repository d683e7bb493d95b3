// Warnings about flags and variables that were given and have no effect, as sentences for the log.
import type { Flag } from './flag.ts'
import { isClose, negated, readArguments } from './resolve.ts'
import { table } from './table.ts'
import { unservedEnvSentence } from './unserved.ts'

const rows: readonly (readonly [string, Flag])[] = Object.entries(table)

/** @throws StartError as `resolveOptions` does, for the flags alone. */
export function optionWarnings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return [...ofFlags(argv), ...ofVariables(env)]
}

function ofFlags(argv: readonly string[]): string[] {
  const { given } = readArguments(argv)
  return rows.flatMap(([key, row]) => {
    const found = given.get(key)
    if (found === undefined || row.support === undefined || row.harmless?.includes(found.flag)) return []
    const value = found.texts.at(-1)
    return [noEffect(value === undefined ? found.flag : `${found.flag} ${value}`, row)]
  })
}

/** The variables with llama-server's prefix; those of other programs are ignored. */
function ofVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!name.startsWith('LLAMA_ARG_') || value === undefined || served.has(name)) return []
    const row = withoutEffect.get(name)
    if (row !== undefined) return isHarmless(row, value) ? [] : [noEffect(`${name}=${value}`, row)]
    return [unservedEnvSentence(name) ?? unknown(name)]
  })
}

const served = new Set(
  rows.flatMap(([, { env, support, offFlags = [] }]) => {
    if (env === undefined || support !== undefined) return []
    return offFlags.length > 0 ? [env, negated(env)] : [env]
  }),
)

const withoutEffect = new Map(
  rows.flatMap(([, row]) => (row.env === undefined || row.support === undefined ? [] : [[row.env, row] as const])),
)

/** A variable has the effect of its flag's first spelling, or the opposite effect. */
function isHarmless({ flags, harmless = [] }: Flag, value: string): boolean {
  if (flags.every((flag) => harmless.includes(flag))) return true
  const saysOff = /^(0|false|off|no|disabled)$/i.test(value)
  return flags.some((flag) => harmless.includes(flag) && flag.startsWith('--no-') === saysOff)
}

function noEffect(given: string, { help }: Flag): string {
  return `${given} has no effect: ${help[0]!.toLowerCase()}${help.slice(1).replace(/\.$/, '')}`
}

function unknown(name: string): string {
  const [close] = [...served].filter((other) => isClose(name, other))
  const hint = close === undefined ? '' : `; did you mean ${close}?`
  return `${name} has no effect: neither Cria nor llama-server has such a variable${hint}`
}
