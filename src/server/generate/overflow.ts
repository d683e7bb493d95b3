// The treatment of prompts and contexts that are too long.
import type { Options } from '../../options/table.ts'
import type { GenerationTask } from '../../protocol/task.ts'
import type { Model } from '../model/model.ts'
import type { Fit } from '../text/fit.ts'

export type Overflow = Pick<GenerationTask, 'whenPromptTooLong' | 'whenContextFull'>

/** Positions of images cannot be moved, and an image cannot be cut. */
export const overflowWithImages: Overflow = { whenPromptTooLong: 'refuse', whenContextFull: 'stop' }

/**
 * `cut`: cut the prompt and shift the context, as in the specification; `refuse`: refuse and stop,
 * as OpenAI does.
 */
export type OverflowHabit = 'cut' | 'refuse'

/**
 * The way in which prompts without images are cut before they reach the engine. With a system
 * prompt, the engine cuts them.
 */
export function fitOf({ whenPromptTooLong }: Overflow, nKeep: number, { info, systemPrompts }: Model): Fit | undefined {
  if (systemPrompts.current.tokens.length > 0) return undefined
  return { nCtx: info.nCtxSlot, nKeep, whenTooLong: whenPromptTooLong }
}

/** --context-shift overrides both habits; self-extend never shifts. */
export function overflowOf(habit: OverflowHabit, { contextShift, grpAttnN }: Options): Overflow {
  const shifts = grpAttnN === 1 && (contextShift ?? habit === 'cut')
  return {
    whenPromptTooLong: habit === 'cut' && shifts ? 'truncate' : 'refuse',
    whenContextFull: shifts ? 'shift' : 'stop',
  }
}
