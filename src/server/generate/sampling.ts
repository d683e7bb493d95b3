// The sampling fields of a request → the parameters of its sampler.
import { randomInt } from 'node:crypto'
import { badField } from '../../base/errors.ts'
import { type GenerationOptions, type SamplingOptions, samplingFields } from '../../options/generation-fields.ts'
import { randomSeed } from '../../options/seed.ts'
import type { SamplingParams } from '../../protocol/task.ts'
import type { Model } from '../model/model.ts'
import type { TextAnswer } from '../text/prepare.ts'

const samplingKeys = Object.keys(samplingFields) as (keyof SamplingOptions)[]

/** @throws RequestError naming the field that cannot be applied. */
export function samplingParams(options: GenerationOptions, prepared: TextAnswer, model: Model): SamplingParams {
  const { mirostat, seed, ...rest } = samplingOf(options)
  const { eot, eos } = model.tokenizer.vocab
  if (rest.samplers.includes('infill') && eot < 0 && eos < 0) {
    const why = 'has "infill", which this model cannot do: it has no token that ends a text'
    throw badField('samplers', rest.samplers, why)
  }
  if (!Number.isFinite(1 / Math.fround(options.repeatPenalty))) {
    throw badField('repeat_penalty', options.repeatPenalty, 'is too close to 0')
  }
  const { constraint, penaltyPrompt, logitBias } = prepared
  return {
    ...rest,
    grammar: constraint.kind === 'none' ? '' : constraint.source,
    grammarTriggers: constraint.kind === 'lazy-grammar' ? constraint.triggers : undefined,
    mirostat: mirostat as 0 | 1 | 2,
    seed: seed === -1 || seed === randomSeed ? randomInt(randomSeed) : seed,
    penaltyPrompt,
    logitBias,
  }
}

/** The seed of the answer with this index, if a prompt has several. */
export function seedOf(seed: number, answer: number): number {
  return (seed + answer) % randomSeed
}

function samplingOf(options: GenerationOptions): SamplingOptions {
  return Object.fromEntries(samplingKeys.map((key) => [key, options[key]])) as SamplingOptions
}
