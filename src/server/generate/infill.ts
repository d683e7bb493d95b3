// The text around a gap → a prompt with which a fill-in-the-middle model fills it, as long as fits.
import type { Model } from '../model/model.ts'
import { type InfillInput, infillPrompt } from './infill-prompt.ts'
import type { PromptSource } from './prompt.ts'

/**
 * @param given the prompt as the request has it.
 * @param nPredict tokens that the answer may have, for which there is room in the context; -1: a
 *   quarter of it.
 * @throws RequestError when the model has no tokens for it.
 */
export async function infillSource(
  given: PromptSource['given'],
  input: InfillInput,
  nPredict: number,
  model: Model,
  signal: AbortSignal,
): Promise<PromptSource> {
  const { nCtxSlot } = model.info
  const nReserved = nPredict >= 0 ? nPredict : Math.floor(nCtxSlot / 4)
  const room = nCtxSlot - Math.min(nReserved, Math.floor(nCtxSlot / 2)) - 1
  const tokenize = async (texts: readonly string[]) => {
    const asIs = { kind: 'parts', field: 'input_prefix', addSpecial: false, parseSpecial: false } as const
    const { prompts } = await model.prepare({ prompts: texts.map((text) => ({ ...asIs, parts: [text] })) }, signal)
    return prompts.map(({ tokens }) => tokens)
  }
  const parts = await infillPrompt(input, model.tokenizer, room, tokenize)
  return { given, content: { kind: 'parts', parts, field: 'prompt' } }
}
