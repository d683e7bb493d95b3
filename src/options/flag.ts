// The shape of a row of the flag table, and the type of its value.
import type { AdapterFile } from './adapter-file.ts'
import type { KvOverride } from './kv-override.ts'

/**
 * One command line option. `support`: absent when the flag has an effect; `no effect`: accepted for
 * compatibility, changes nothing.
 */
export type Flag = {
  readonly flags: readonly string[]
  /** Flags that set a boolean to false. */
  readonly offFlags?: readonly string[]
  readonly env?: string
  /**
   * `strings`, `adapters`, `overrides`: a comma list; given several times, the lists are joined.
   */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'numbers' | 'strings' | 'adapters' | 'overrides' | 'read'
  /**
   * For the type `read`: the value of the flag.
   * @param name the spelling that was given last, or the environment variable.
   * @param texts all given values, in order; at least one.
   * @throws StartError naming the flag, the value and the rule.
   */
  readonly read?: (name: string, texts: readonly string[]) => unknown
  /** The name of the value in the help, as in `-c N`; none for booleans. */
  readonly arg?: string
  readonly values?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly default?: string | number | boolean | readonly string[]
  /** The value when the flag is given alone, for flags with an optional value. */
  readonly alone?: string
  /** Values that ask for the default: llama-server's spellings of "automatic", such as -1. */
  readonly auto?: readonly string[]
  /** The default in words, when it is computed at run time. */
  readonly defaultText?: string
  readonly help: string
  readonly group: Group
  readonly support?: 'no effect'
  /**
   * For a flag without effect: spellings that ask for the behaviour that Cria always has, and need
   * no warning.
   */
  readonly harmless?: readonly string[]
}

export const groups = ['model', 'server', 'context', 'processor', 'sampling', 'chat', 'log', 'general'] as const
export type Group = (typeof groups)[number]

type ValueOf<F extends Flag> = F extends { type: 'boolean' }
  ? boolean
  : F extends { type: 'integer' | 'number' }
    ? number
    : F extends { type: 'numbers' }
      ? readonly number[]
      : F extends { type: 'strings' }
        ? readonly string[]
        : F extends { type: 'adapters' }
          ? readonly AdapterFile[]
          : F extends { type: 'overrides' }
            ? readonly KvOverride[]
            : F extends { read: (name: string, texts: readonly string[]) => infer V }
              ? V
              : F extends { values: readonly (infer V)[] }
                ? V
                : string

/**
 * The frozen result of reading the command line: a value per served row, `undefined` where none was
 * given.
 */
export type ValuesOf<T extends Readonly<Record<string, Flag>>> = {
  readonly [K in keyof T as T[K] extends { support: 'no effect' } ? never : K]:
    | ValueOf<T[K]>
    | (T[K] extends { default: string | number | boolean | readonly string[] } ? never : undefined)
}
