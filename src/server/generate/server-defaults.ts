// Checks the defaults of request fields that flags set against the model, once it is known.
import { messageOf, RequestError, StartError } from '../../base/errors.ts'
import { defaultFlags } from '../../options/default-flags.ts'
import { readFields } from '../../options/field.ts'
import { fieldDefaults } from '../../options/field-defaults.ts'
import { generationFields } from '../../options/generation-fields.ts'
import { samplingFlags } from '../../options/sampling-flags.ts'
import type { Model } from '../model/model.ts'
import { outputFormat } from './output-format.ts'
import { samplingParams } from './sampling.ts'

/**
 * @throws StartError naming a flag whose value no request could use: an invalid grammar, an unknown
 *   token.
 */
export async function checkServerDefaults(model: Model): Promise<void> {
  try {
    const options = readFields(generationFields, {}, fieldDefaults(model.options))
    const { logitBias, penaltyPrompt } = options
    const ask = { prompts: [], format: outputFormat(options), logitBias, penaltyPrompt }
    samplingParams(options, await model.prepare(ask, new AbortController().signal), model)
  } catch (error) {
    if (error instanceof RequestError) throw new StartError(withFlag(error))
    throw error
  }
}

/** The message about a request's field, rewritten for its flag. */
function withFlag(error: RequestError): string {
  const flags: Readonly<Record<string, { readonly flags: readonly string[] }>> = { ...samplingFlags, ...defaultFlags }
  const found = Object.entries(generationFields).find(([, { names }]) => names[0] === error.details.param)
  const flag = found === undefined ? undefined : flags[found[0]]?.flags[0]
  return flag === undefined ? messageOf(error) : error.message.replace(/^Cannot read "\w+"/, flag)
}
