// Every flag and variable of llama-server that Cria does not have: the sentence that refuses it, or
// warns about it.
import { unservedDrafts } from './unserved-drafts.ts'
import { reason, type UnservedFlag } from './unserved-flag.ts'
import { otherUnserved } from './unserved-flags.ts'

export const unservedFlags: readonly UnservedFlag[] = [...otherUnserved, ...unservedDrafts]

const byFlag = new Map(unservedFlags.flatMap((row) => row.flags.map((flag) => [flag, row] as const)))
const byEnv = new Map(unservedFlags.flatMap((row) => (row.env === undefined ? [] : [[row.env, row] as const])))

/**
 * @returns the reason why a flag of llama-server is refused; undefined for a flag that llama-server
 *   does not have either.
 */
export function unservedSentence(flag: string): string | undefined {
  const row = byFlag.get(flag)
  return row === undefined ? undefined : `${flag} ${reason(row)}`
}

/**
 * @param name as in LLAMA_ARG_RPC. @returns undefined for a variable unknown to llama-server as
 *   well.
 */
export function unservedEnvSentence(name: string): string | undefined {
  const row = byEnv.get(name)
  return row === undefined ? undefined : `${name} has no effect: ${row.flags[0]} ${reason(row)}`
}
