// Checks the structs of this code against the loaded library: its defaults are known.
import { StartError } from '../base/errors.ts'
import { enginePackagesVersion } from './platform.ts'
import { knownDefaults } from './structs.ts'
import type { Symbols } from './symbols.ts'

export type DefaultParams = Pick<Symbols, 'llama_model_default_params' | 'llama_context_default_params'>

/**
 * Finds an engine of another release, or a compiler with different padding, here rather than by a
 * crash later.
 * @param name of the engine package, for the message.
 * @throws StartError naming the first field that differs.
 */
export function checkLayouts(symbols: DefaultParams, name: string): void {
  const check = (what: string, got: Record<string, unknown>, known: Record<string, unknown>) => {
    for (const [field, value] of Object.entries(known)) {
      if (got[field] !== value) {
        throw new StartError(
          `the engine ${name} is not the release this Cria was made for: ${what}.${field} is ${got[field]}, not ${value}; ` +
            `install @node-llama-cpp/${name}@${enginePackagesVersion}`,
        )
      }
    }
  }
  check('llama_model_params', symbols.llama_model_default_params(), knownDefaults.model)
  check('llama_context_params', symbols.llama_context_default_params(), knownDefaults.context)
}
