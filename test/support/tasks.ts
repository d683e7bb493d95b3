// Tasks and sequences for tests: everything that a test does not set is off.
import { Sequence } from '../../src/engine/generation/sequence.ts'
import { defaultSamplers } from '../../src/options/generation-fields.ts'
import type { GenerationTask, SamplingParams } from '../../src/protocol/task.ts'

export const neutralSampling: SamplingParams = {
  temperature: 1,
  dynatempRange: 0,
  dynatempExponent: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  topNSigma: -1,
  tfsZ: 1,
  typicalP: 1,
  xtcProbability: 0,
  xtcThreshold: 0.1,
  minKeep: 0,
  samplers: defaultSamplers,
  repeatPenalty: 1,
  repeatLastN: 64,
  penalizeNl: true,
  presencePenalty: 0,
  frequencyPenalty: 0,
  penaltyPrompt: undefined,
  dryMultiplier: 0,
  dryBase: 1.75,
  dryAllowedLength: 2,
  dryPenaltyLastN: 64,
  drySequenceBreakers: ['\n', ':', '"', '*'],
  mirostat: 0,
  mirostatTau: 5,
  mirostatEta: 0.1,
  grammar: '',
  grammarTriggers: undefined,
  seed: 1,
  ignoreEos: false,
  logitBias: [],
}

let lastTaskId = 0

/** A task that generates without end, unless the fields say otherwise. */
export function task(fields: Partial<GenerationTask> = {}): GenerationTask {
  return {
    kind: 'generate',
    taskId: ++lastTaskId,
    prompt: [1],
    slotId: -1,
    cachePrompt: true,
    cacheScope: '',
    nSystem: 0,
    images: [],
    nPredict: -1,
    nKeep: 0,
    nDiscard: 0,
    tMaxPromptMs: -1,
    tMaxPredictMs: -1,
    nIndent: 0,
    whenPromptTooLong: 'truncate',
    whenContextFull: 'shift',
    stop: [],
    adapterScales: [],
    nProbs: 0,
    nPromptProbs: undefined,
    wantsProgress: false,
    shownTokens: [],
    thought: undefined,
    sampling: neutralSampling,
    ...fields,
  }
}

/** A sequence of a task whose prompt fits. */
export function sequenceOf(fields: Partial<GenerationTask> = {}): Sequence {
  const made = task(fields)
  return new Sequence(made, made.prompt, false)
}

/** Tokens first, first + 1, ...: prompts with different `first` have nothing in common. */
export function tokensFrom(first: number, length: number): number[] {
  return Array.from({ length }, (_, i) => first + i)
}
