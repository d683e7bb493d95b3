// Chooses the next token of one sequence: chain, grammar, probabilities. A new way to choose tokens
// belongs in this room.
import { RequestError } from '../../base/errors.ts'
import type { Context } from '../../llama/context.ts'
import type { Model } from '../../llama/model.ts'
import { CandidateMemory, type NativeSampler, SamplerFactory } from '../../llama/sampler.ts'
import type { Vocab } from '../../llama/vocab.ts'
import type { PromptTokenProbs, TokenProbs, TopLogprob } from '../../protocol/event.ts'
import type { GenerationTask, SamplingParams } from '../../protocol/task.ts'
import type { Choosing, TokenSampler } from '../generation/token-sampler.ts'
import { Candidates } from './candidates.ts'
import { Chain, dryLastN } from './chain.ts'
import { ChoiceBudget } from './choice-budget.ts'
import { GrammarFilter } from './grammar-filter.ts'
import { argmax, logSumExp, rankOf, topTokens } from './logprobs.ts'
import { RequestGrammar, readable } from './request-grammar.ts'
import { ThoughtBudget } from './thought-budget.ts'

type Choice = {
  readonly token: number
  readonly probs: TokenProbs | undefined
  /** The grammar is complete and nothing may follow: the text is over. */
  readonly isForcedEnd: boolean
}

/** A choice that takes long, and its continuation. */
type Unfinished = () => Choice | Unfinished

/** Samplers that take long to make, if they were made in advance. */
type Premade = { readonly dry?: NativeSampler; readonly grammar?: NativeSampler }

/** A grammar with more characters is made beside the steps. */
const maxDirectGrammar = 8192

/**
 * The state that all samplers of an engine share: model, context, and one block of memory, since
 * they work one after the other.
 */
export class SamplerRoom {
  readonly model: Model
  readonly context: Context
  readonly vocab: Vocab
  readonly factory: SamplerFactory
  readonly memory: CandidateMemory
  readonly candidates: Candidates

  constructor(model: Model, context: Context) {
    this.model = model
    this.vocab = model.vocab
    this.context = context
    this.factory = new SamplerFactory(model)
    this.memory = new CandidateMemory(model.vocab.nTokens)
    this.candidates = new Candidates(this.memory.buffer)
  }
}

export class Sampler implements TokenSampler {
  readonly #room: SamplerRoom
  readonly #params: SamplingParams
  readonly #nProbs: number
  readonly #chain: Chain
  readonly #grammar: RequestGrammar | undefined
  readonly #thought: ThoughtBudget | undefined
  /** Control tokens whose text is shown. */
  readonly #shown: ReadonlySet<number>
  /**
   * Whether the choice is checked even without a grammar: banned tokens may leave none, or
   * probabilities are requested.
   */
  readonly #looksAtChoice: boolean
  readonly #isPlainGreedy: boolean
  readonly #budget = new ChoiceBudget()

  /**
   * Made beside the steps if libllama takes long: it searches the whole vocabulary for each breaker
   * of DRY, and compares all places where a large grammar may begin with each other.
   * @throws RequestError when libllama cannot read the grammar; so does the promise.
   */
  static make(room: SamplerRoom, task: GenerationTask): Sampler | Promise<Sampler> {
    const { grammar } = task.sampling
    const isSlow = grammar.length > maxDirectGrammar || dryLastN(task.sampling, room.context.nCtxSeq) > 0
    return isSlow ? Sampler.#makeBeside(room, task) : new Sampler(room, task)
  }

  static async #makeBeside(room: SamplerRoom, task: GenerationTask): Promise<Sampler> {
    const { factory } = room
    const { grammar, ...p } = task.sampling
    const lastN = dryLastN(task.sampling, room.context.nCtxSeq)
    const premade: { dry?: NativeSampler; grammar?: NativeSampler } = {}
    if (grammar !== '') premade.grammar = readable(await factory.grammarBeside(grammar))
    if (lastN > 0) {
      const { dryMultiplier, dryBase, dryAllowedLength, drySequenceBreakers } = p
      premade.dry = await factory.dryBeside(dryMultiplier, dryBase, dryAllowedLength, lastN, drySequenceBreakers)
    }
    return new Sampler(room, task, premade)
  }

  /** @throws RequestError when libllama cannot read the grammar. */
  constructor(room: SamplerRoom, task: GenerationTask, premade: Premade = {}) {
    const { prompt, images, sampling: params, nProbs } = task
    const { vocab } = room.model
    this.#room = room
    this.#params = params
    this.#nProbs = nProbs
    this.#shown = new Set(task.shownTokens)
    this.#looksAtChoice = nProbs > 0 || params.logitBias.some(([, bias]) => bias === null)
    this.#isPlainGreedy = !this.#looksAtChoice && isPlainGreedy(params)
    if (params.grammar !== '') {
      const native = premade.grammar ?? readable(room.factory.grammar(params.grammar))
      this.#grammar = new RequestGrammar(room, params, native)
    }
    if (task.thought !== undefined) this.#thought = new ThoughtBudget(task.thought, vocab)
    this.#chain = new Chain(params, {
      factory: room.factory,
      newline: vocab.newline,
      endOfGeneration: vocab.endOfGeneration,
      nCtx: room.context.nCtxSeq,
      dry: premade.dry,
    })
    const words = images.length === 0 ? prompt : prompt.filter((token) => token >= 0)
    this.#chain.remember(params.penaltyPrompt ?? words)
  }

  /** @throws RequestError when grammar and bias together leave no token. */
  sample(row: number): Choosing {
    return this.#finish(this.#budget.spend(() => this.#forced(row) ?? this.#choose(row)))
  }

  get draws(): boolean {
    return this.#params.temperature > 0 || this.#params.mirostat !== 0
  }

  retake(token: number, row?: number): Uint8Array {
    const forced = this.#thought?.forced
    if (forced !== undefined && forced !== token) this.#thought!.giveUp()
    if (row !== undefined && forced !== token) this.#draw(row)
    if (this.#grammar?.allows(token) === false) {
      throw new RequestError('server', 'Cannot go on: the grammar does not take the text that was written before')
    }
    this.#grammar?.accept(token)
    this.#chain.accept(token)
    this.#thought?.accept(token)
    return this.#room.vocab.piece(token, this.#shown.has(token))
  }

  /** Draws as often as a choice does, and chooses nothing. */
  #draw(row: number): void {
    const { context, candidates, memory } = this.#room
    const logits = context.logits(row)
    const grammar = this.#grammar?.active
    candidates.load(logits)
    this.#chain.apply(candidates, memory)
    if (grammar === undefined || (this.#selected() !== undefined && this.#allowsSelected(grammar))) return
    candidates.load(logits)
    const filter = new GrammarFilter(candidates, memory, grammar)
    while (!filter.run());
    this.#chain.apply(candidates, memory)
  }

  #finish(choice: Choice | Unfinished): Choosing {
    if (typeof choice === 'function') return () => this.#finish(this.#budget.spend(choice))
    const { token, probs, isForcedEnd } = choice
    const { vocab } = this.#room.model
    this.#thought?.accept(token)
    const isEndOfGeneration = isForcedEnd || vocab.isEndOfGeneration(token)
    return { token, piece: vocab.piece(token, this.#shown.has(token)), isEndOfGeneration, probs }
  }

  judge(row: number, token: number, nTop: number): PromptTokenProbs {
    const logits = this.#room.context.logits(row)
    const total = logSumExp(logits)
    const [own, ...top] = [token, ...topTokens(logits, nTop)].map((id) => this.#logprobOf(id, logits, total))
    return { ...own!, rank: rankOf(token, logits), topLogprobs: top }
  }

  free(): void {
    this.#chain.free()
    this.#grammar?.free()
  }

  #choose(row: number): Choice | Unfinished {
    const { context, candidates, memory } = this.#room
    const grammar = this.#grammar?.active
    if (!this.#looksAtChoice && grammar === undefined) {
      const token = this.#unwatched(row)
      if (token !== undefined) return { token, probs: undefined, isForcedEnd: false }
    }
    const logits = context.logits(row)
    candidates.load(logits)
    this.#chain.apply(candidates, memory)
    const token = this.#selected()
    if (grammar !== undefined && (token === undefined || !this.#allowsSelected(grammar))) {
      candidates.load(logits)
      return this.#filtered(new GrammarFilter(candidates, memory, grammar), logits)
    }
    if (token === undefined) {
      throw new RequestError('invalid_request', 'Cannot go on: "logit_bias" and "ignore_eos" leave no token to choose')
    }
    return this.#chosen(token, logits)
  }

  /** Chooses among the tokens that the grammar leaves. */
  #filtered(filter: GrammarFilter, logits: Float32Array): Choice | Unfinished {
    if (!filter.run()) {
      const kept = logits.slice() // the next decode overwrites them
      return () => this.#filtered(filter, kept)
    }
    const { candidates, memory } = this.#room
    this.#chain.apply(candidates, memory)
    const token = this.#selected()
    return token === undefined ? this.#end() : this.#chosen(token, logits)
  }

  #chosen(token: number, logits: Float32Array): Choice {
    const { candidates } = this.#room
    const probs = this.#nProbs === 0 ? undefined : this.#probsOf(token, logits, candidates)
    this.#grammar?.accept(token)
    this.#chain.accept(token)
    return { token, probs, isForcedEnd: false }
  }

  /** @returns the next token if no stage of ours is involved; otherwise undefined. */
  #unwatched(row: number): number | undefined {
    const { context, model } = this.#room
    const single = this.#chain.single
    if (!this.#isPlainGreedy && single === undefined) return undefined
    const token = this.#isPlainGreedy
      ? this.#greedy(context.logits(row))
      : model.symbols.llama_sampler_sample(single!.pointer, context.pointer, row)
    this.#grammar?.accept(token)
    return token
  }

  /** The next token of an end marker that closes the reasoning. */
  #forced(row: number): Choice | undefined {
    const token = this.#thought?.forced
    if (token === undefined) return undefined
    if (this.#grammar?.allows(token) === false) {
      this.#thought!.giveUp()
      return undefined
    }
    const { context, candidates } = this.#room
    candidates.loadOne(token)
    candidates.selected = 0
    const probs = this.#nProbs === 0 ? undefined : this.#probsOf(token, context.logits(row), candidates)
    this.#grammar?.accept(token)
    this.#chain.accept(token)
    return { token, probs, isForcedEnd: false }
  }

  /** Only the best token is needed: read from the logits, in half the time of the chain. */
  #greedy(logits: Float32Array): number {
    const token = argmax(logits)
    const { vocab } = this.#room.model
    return this.#params.ignoreEos && vocab.isEndOfGeneration(token) ? argmax(logits, vocab.endOfGeneration) : token
  }

  /** The chosen token; undefined when every candidate was forbidden. */
  #selected(): number | undefined {
    const { candidates } = this.#room
    const { selected } = candidates
    if (selected < 0 || selected >= candidates.size) return undefined
    return Number.isFinite(candidates.logit(selected)) ? candidates.token(selected) : undefined
  }

  /**
   * Tests only the chosen token; the candidates stay as the chain left them, for the probabilities.
   */
  #allowsSelected(grammar: NativeSampler): boolean {
    const { candidates, memory } = this.#room
    const at = candidates.selected
    const logit = candidates.logit(at)
    memory.apply(grammar, { start: candidates.start + at, size: 1, selected: -1, isSorted: false })
    const isAllowed = candidates.logit(at) !== Number.NEGATIVE_INFINITY
    candidates.setLogit(at, logit)
    return isAllowed
  }

  /**
   * No token matches: the text is over if the grammar accepts an end here, otherwise it is a
   * contradiction.
   */
  #end(): Choice {
    const eos = this.#room.model.vocab.endOfGeneration[0]
    if (eos !== undefined && this.#grammar!.allows(eos)) return { token: eos, probs: undefined, isForcedEnd: true }
    throw new RequestError(
      'invalid_request',
      'Cannot go on: the grammar allows no token here that "logit_bias" leaves, or no token of this model fits it',
    )
  }

  #probsOf(token: number, logits: Float32Array, candidates: Candidates): TokenProbs {
    const { vocab } = this.#room.model
    const bytes = (id: number) => Array.from(vocab.piece(id, true))
    const total = logSumExp(logits)
    const top = topTokens(logits, this.#nProbs)
    const isGreedy = this.#params.temperature <= 0 && this.#params.mirostat === 0
    return {
      ...this.#logprobOf(token, logits, total),
      prob: isGreedy ? Math.exp(logits[token]! - total) : candidates.probabilities()[candidates.indexOf(token)]!,
      topLogprobs: top.map((id) => this.#logprobOf(id, logits, total)),
      probs: isGreedy
        ? top.map((id) => ({ token: id, prob: Math.exp(logits[id]! - total), bytes: bytes(id) }))
        : this.#chainProbs(candidates, top).map(({ id, prob }) => ({ token: id, prob, bytes: bytes(id) })),
    }
  }

  #logprobOf(token: number, logits: Float32Array, total: number): TopLogprob {
    return { token, logprob: logits[token]! - total, bytes: Array.from(this.#room.vocab.piece(token, true)) }
  }

  /**
   * The candidates that the chain left, most likely first; then tokens that it cut, with
   * probability 0, up to nProbs.
   */
  #chainProbs(candidates: Candidates, top: readonly number[]): { id: number; prob: number }[] {
    const probs = candidates.probabilities()
    const left = Array.from(probs, (prob, i) => ({ id: candidates.token(i), prob })).filter(({ prob }) => prob > 0)
    left.sort((a, b) => b.prob - a.prob)
    const first = left.slice(0, this.#nProbs)
    const known = new Set(first.map(({ id }) => id))
    const cut = top.filter((id) => !known.has(id)).map((id) => ({ id, prob: 0 }))
    return [...first, ...cut].slice(0, this.#nProbs)
  }
}

function isPlainGreedy(params: SamplingParams): boolean {
  const isPenalizing = params.repeatPenalty !== 1 || params.frequencyPenalty !== 0 || params.presencePenalty !== 0
  const remembers = (isPenalizing && params.repeatLastN !== 0) || params.dryMultiplier > 0
  const isPlain = !remembers && params.logitBias.length === 0 && !params.samplers.includes('infill')
  return isPlain && params.temperature <= 0 && params.mirostat === 0
}
