// Checks the structs of this code against the loaded libmtmd: its defaults are known.
import { StartError } from '../../base/errors.ts'
import { knownMtmdDefaults } from './structs.ts'
import type { MtmdSymbols } from './symbols.ts'

export type DefaultMtmdParams = Pick<MtmdSymbols, 'mtmd_context_params_default' | 'mtmd_helper_init_opt_default'>

/**
 * @param path of the library, for the message.
 * @throws StartError naming the first field that differs.
 */
export function checkMtmdLayouts(symbols: DefaultMtmdParams, path: string): void {
  const check = (what: string, got: Record<string, unknown>, known: Record<string, unknown>) => {
    for (const [field, value] of Object.entries(known)) {
      if (got[field] === value) continue
      const difference = `${what}.${field} is ${got[field]}, not ${value}`
      throw new StartError(`${path} is not of the release this Cria was made for: ${difference}; remove it`)
    }
  }
  check('mtmd_context_params', symbols.mtmd_context_params_default(), knownMtmdDefaults.context)
  check('mtmd_helper_init_opt', symbols.mtmd_helper_init_opt_default(), knownMtmdDefaults.helper)
}
