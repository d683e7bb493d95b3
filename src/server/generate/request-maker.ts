// A prompt and checked options → tasks for the engine.
import { badField } from '../../base/errors.ts'
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { TaskImage } from '../../protocol/image.ts'
import type { GenerationTask } from '../../protocol/task.ts'
import type { Model } from '../model/model.ts'
import type { TextAnswer } from '../text/prepare.ts'
import { type Overflow, overflowWithImages } from './overflow.ts'
import { samplingParams, seedOf } from './sampling.ts'

export type TaskBody = Omit<GenerationTask, 'taskId' | 'kind'>

/** A prompt in the engine's form: token ids; images have virtual ids in their place. */
export type PromptTokens = { readonly tokens: readonly number[]; readonly images?: readonly TaskImage[] }

/**
 * @param prompt at least one token; the system prompt is put before it here.
 * @throws RequestError naming the field that cannot be served.
 */
export function makeTask(
  options: GenerationOptions,
  { tokens, images = [] }: PromptTokens,
  prepared: TextAnswer,
  overflow: Overflow,
  model: Model,
): TaskBody {
  const { nSlots } = model.info
  if (options.slotId >= nSlots) throw badField('slot_id', options.slotId, `is not in [-1, ${nSlots - 1}]`)
  const { lora } = options
  const nSystem = model.systemPrompts.current.tokens.length
  const prompt = model.systemPrompts.before(tokens, model.tokenizer.vocab)
  const nMoved = prompt.length - tokens.length
  return {
    prompt,
    images: images.map((image) => ({ ...image, start: image.start + nMoved })),
    slotId: options.slotId,
    cachePrompt: options.cachePrompt,
    cacheScope: options.cacheSalt,
    nSystem,
    nPredict: predictLimit(options.nPredict, model.options.nPredict),
    nKeep: options.nKeep < 0 ? -1 : nSystem + options.nKeep,
    nDiscard: options.nDiscard,
    tMaxPredictMs: options.tMaxPredictMs,
    tMaxPromptMs: options.tMaxPromptMs,
    nIndent: options.nIndent,
    ...(images.length > 0 ? overflowWithImages : overflow),
    stop: options.stop,
    adapterScales: lora.length > 0 ? model.adapters.read(lora, 'lora') : model.adapters.scales,
    nProbs: options.nProbs,
    nPromptProbs: undefined,
    wantsProgress: options.stream && options.returnProgress,
    shownTokens: [],
    thought: undefined,
    sampling: samplingParams(options, prepared, model),
  }
}

/** The request's limit, else the server's; -1 for no limit. */
export function predictLimit(asked: number, ofServer: number): number {
  return asked < 0 ? ofServer : asked
}

/** The tasks for all requested answers to one prompt: equal except for their seeds. */
export function makeTasks(
  options: GenerationOptions,
  prompt: PromptTokens,
  prepared: TextAnswer,
  overflow: Overflow,
  model: Model,
): TaskBody[] {
  const task = makeTask(options, prompt, prepared, overflow, model)
  const { sampling } = task
  return Array.from({ length: options.nAnswers }, (_, i) => ({
    ...task,
    sampling: { ...sampling, seed: seedOf(sampling.seed, i) },
  }))
}
