// The sampler chain of one request: libllama's samplers and, where it has none, ours, in one order.
//
//   logit_bias, ignore_eos │ penalties (newline put back) │ dry │ top_n_sigma │ top_k │ tfs_z │ typical_p │ top_p │ min_p │
//   xtc │ temperature │ draw.   Mirostat: penalties, temperature, mirostat.   Temperature 0: up to dry, then the best.
//   `infill` is where a request puts it; the filters before it then work at temperature 0 too.
import type { CandidateMemory, NativeSampler, SamplerFactory } from '../../llama/sampler.ts'
import type { SamplerName } from '../../options/generation-fields.ts'
import type { SamplingParams } from '../../protocol/task.ts'
import type { Candidates } from './candidates.ts'
import { tailFree } from './tail-free.ts'

/** It compares each candidate with every other; beyond this number no candidate has a chance. */
const infillCandidates = 256

/** One stage: a run of libllama's samplers as one call, or a sampler of ours. */
type Stage = { readonly native: NativeSampler } | { readonly own: (candidates: Candidates) => void }

export type ChainContext = {
  readonly factory: SamplerFactory
  /** The newline token, -1 when the model has none. */
  readonly newline: number
  readonly endOfGeneration: readonly number[]
  /** Tokens of context of the slot: the value of `repeat_last_n: -1`. */
  readonly nCtx: number
  /** The sampler of DRY for `dryLastN` tokens, if it was made in advance. */
  readonly dry?: NativeSampler | undefined
}

/** The number of last tokens that DRY considers; 0 when it is off. */
export function dryLastN(params: SamplingParams, nCtx: number): number {
  const { samplers, mirostat, dryMultiplier, dryPenaltyLastN } = params
  const isOn = mirostat === 0 && dryMultiplier > 0 && samplers.includes('dry')
  return isOn ? lastOf(dryPenaltyLastN, nCtx) : 0
}

/** libllama reserves room for all of them, so this is limited to the context. */
function lastOf(n: number, nCtx: number): number {
  return n < 0 ? nCtx : Math.min(n, nCtx)
}

export class Chain {
  readonly #stages: readonly Stage[]
  /** Samplers that remember tokens, with the number of last ones they consider. */
  readonly #memories: readonly { readonly sampler: NativeSampler; readonly lastN: number }[]

  constructor(params: SamplingParams, context: ChainContext) {
    const builder = new ChainBuilder(params, context)
    this.#memories = builder.memories
    this.#stages = builder.build()
  }

  /** The single native sampler that does everything, if there is no stage of ours. */
  get single(): NativeSampler | undefined {
    const [stage] = this.#stages
    return this.#stages.length === 1 && stage !== undefined && 'native' in stage ? stage.native : undefined
  }

  /** Shows the penalties the tokens before the generated ones. */
  remember(tokens: readonly number[]): void {
    for (const { sampler, lastN } of this.#memories) {
      for (const token of tokens.slice(Math.max(0, tokens.length - lastN))) sampler.accept(token)
    }
  }

  /** Narrows the candidates and selects one of them. */
  apply(candidates: Candidates, memory: CandidateMemory): void {
    for (const stage of this.#stages) {
      if ('native' in stage) memory.apply(stage.native, candidates)
      else stage.own(candidates)
    }
  }

  accept(token: number): void {
    for (const stage of this.#stages) if ('native' in stage) stage.native.accept(token)
  }

  free(): void {
    for (const stage of this.#stages) if ('native' in stage) stage.native.free()
  }
}

/**
 * The best token stays the best under filters, but whether `infill` ends the text depends on what
 * they leave.
 */
function samplersOfGreedy(samplers: readonly SamplerName[]): SamplerName[] {
  const hasInfill = samplers.includes('infill')
  const isRandom = (name: SamplerName) => name === 'temperature' || name === 'xtc'
  return samplers.filter((name) => (hasInfill ? !isRandom(name) : name === 'penalties' || name === 'dry'))
}

class ChainBuilder {
  readonly memories: { sampler: NativeSampler; lastN: number }[] = []
  readonly #params: SamplingParams
  readonly #context: ChainContext
  readonly #stages: Stage[] = []
  #run: NativeSampler[] = []

  constructor(params: SamplingParams, context: ChainContext) {
    this.#params = params
    this.#context = context
  }

  build(): Stage[] {
    const { factory } = this.#context
    const p = this.#params
    this.#addBias()
    if (p.mirostat !== 0) {
      this.#addPenalties()
      this.#native(factory.temperature(p.temperature, 0, 1))
      if (p.mirostat === 1) this.#own((candidates) => candidates.dropImpossible())
      this.#native(factory.mirostat(p.mirostat, p.seed, p.mirostatTau, p.mirostatEta))
    } else if (p.temperature <= 0) {
      for (const name of samplersOfGreedy(p.samplers)) this.#add(name)
      this.#native(factory.greedy())
    } else {
      for (const name of p.samplers) this.#add(name)
      this.#native(factory.dist(p.seed))
    }
    this.#endRun()
    return this.#stages
  }

  #add(name: SamplerName): void {
    const { factory } = this.#context
    const p = this.#params
    switch (name) {
      case 'penalties':
        this.#addPenalties()
        break
      case 'dry':
        this.#addDry()
        break
      case 'top_n_sigma':
        if (p.topNSigma > 0) this.#native(factory.topNSigma(p.topNSigma))
        break
      case 'top_k':
        if (p.topK > 0) this.#native(factory.topK(Math.max(p.topK, p.minKeep)))
        break
      case 'tfs_z':
        if (p.tfsZ < 1) this.#own((candidates) => tailFree(candidates, p.tfsZ, p.minKeep))
        break
      case 'typical_p':
        if (p.typicalP < 1) {
          this.#own((candidates) => candidates.dropImpossible())
          this.#native(factory.typical(p.typicalP, p.minKeep))
        }
        break
      case 'top_p':
        if (p.topP < 1) this.#native(factory.topP(p.topP, p.minKeep))
        break
      case 'min_p':
        if (p.minP > 0) this.#native(factory.minP(p.minP, p.minKeep))
        break
      case 'xtc':
        if (p.xtcProbability > 0) {
          this.#native(factory.xtc(p.xtcProbability, p.xtcThreshold, p.minKeep, p.seed))
        }
        break
      case 'infill':
        this.#native(factory.topK(infillCandidates))
        this.#native(factory.infill())
        break
      case 'temperature':
        this.#native(factory.temperature(p.temperature, p.dynatempRange, p.dynatempExponent))
        break
    }
  }

  #addBias(): void {
    const { factory, endOfGeneration } = this.#context
    const biases: (readonly [number, number])[] = this.#params.logitBias.map(
      ([token, bias]) => [token, bias ?? Number.NEGATIVE_INFINITY] as const,
    )
    if (this.#params.ignoreEos) {
      for (const token of endOfGeneration) biases.push([token, Number.NEGATIVE_INFINITY])
    }
    if (biases.length > 0) this.#native(factory.logitBias(biases))
  }

  #addPenalties(): void {
    const p = this.#params
    const isOff = p.repeatPenalty === 1 && p.frequencyPenalty === 0 && p.presencePenalty === 0
    if (isOff || p.repeatLastN === 0) return
    const { factory, newline } = this.#context
    const lastN = lastOf(p.repeatLastN, this.#context.nCtx)
    const penalties = factory.penalties(lastN, p.repeatPenalty, p.frequencyPenalty, p.presencePenalty)
    this.memories.push({ sampler: penalties, lastN })
    if (p.penalizeNl || newline < 0) {
      this.#native(penalties)
      return
    }
    let before: number | undefined
    this.#own((candidates) => {
      const index = candidates.indexOf(newline)
      before = index < 0 ? undefined : candidates.logit(index)
    })
    this.#native(penalties)
    this.#own((candidates) => {
      const index = candidates.indexOf(newline)
      if (before !== undefined && index >= 0) candidates.setLogit(index, before)
    })
  }

  #addDry(): void {
    const { factory, nCtx, dry: premade } = this.#context
    const p = this.#params
    const lastN = dryLastN(p, nCtx)
    if (lastN === 0) return
    const dry = premade ?? factory.dry(p.dryMultiplier, p.dryBase, p.dryAllowedLength, lastN, p.drySequenceBreakers)
    this.memories.push({ sampler: dry, lastN })
    this.#native(dry)
  }

  #native(sampler: NativeSampler): void {
    this.#run.push(sampler)
  }

  #own(own: (candidates: Candidates) => void): void {
    this.#endRun()
    this.#stages.push({ own })
  }

  #endRun(): void {
    if (this.#run.length > 0) this.#stages.push({ native: this.#context.factory.chain(this.#run) })
    this.#run = []
  }
}
