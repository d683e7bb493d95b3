// The defaults of request fields that flags set, held against the model once it is known.
import { messageOf, RequestError, StartError } from '../../base/errors.ts'
import { defaultFlags } from '../../options/default-flags.ts'
import { readFields } from '../../options/field.ts'
import { fieldDefaults } from '../../options/field-defaults.ts'
import { generationFields } from '../../options/generation-fields.ts'
import { samplingFlags } from '../../options/sampling-flags.ts'
import type { Options } from '../../options/table.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import { readSampling } from './request-maker.ts'

/** @throws StartError naming the flag whose value no request could have: a bad grammar, a token that is not there. */
export function checkServerDefaults(options: Options, tokenizer: Tokenizer): void {
  try {
    readSampling(readFields(generationFields, {}, fieldDefaults(options)), tokenizer)
  } catch (error) {
    if (error instanceof RequestError) throw new StartError(withFlag(error))
    throw error
  }
}

/** The message of a request's field, said of its flag. */
function withFlag(error: RequestError): string {
  const flags: Readonly<Record<string, { readonly flags: readonly string[] }>> = { ...samplingFlags, ...defaultFlags }
  const found = Object.entries(generationFields).find(([, { names }]) => names[0] === error.details.param)
  const flag = found === undefined ? undefined : flags[found[0]]?.flags[0]
  return flag === undefined ? messageOf(error) : error.message.replace(/^Cannot read "\w+"/, flag)
}
