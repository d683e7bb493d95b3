// The answers of /completion and /infill: one object, a list of them, or events.
import type { GenerationOptions } from '../../../options/generation-fields.ts'
import { finishedJobs } from '../../generate/run.ts'
import type { TextJob, TextRunEvent } from '../../generate/text.ts'
import type { WireEvent } from '../../http/handler.ts'
import type { ReplyWriter } from '../../http/reply.ts'
import type { Model } from '../../model/model.ts'
import { type Asked, emptyJson, finalJson, partialJson, progressPartialJson } from '../shared/completion-json.ts'
import { imagesJson } from '../shared/progress-json.ts'

type Generation = Extract<TextRunEvent, { kind: 'generation' }>

export class CompletionReply implements ReplyWriter<TextRunEvent> {
  readonly #options: GenerationOptions
  readonly #isSeveral: boolean
  readonly #model: Model
  readonly #asked = new Map<TextJob, Asked>()
  readonly #withNewLine = new Set<TextJob>()

  /** @param isSeveral the answer is a list, and each event names its index. */
  constructor(options: GenerationOptions, { isSeveral }: { readonly isSeveral: boolean }, model: Model) {
    this.#options = options
    this.#isSeveral = isSeveral
    this.#model = model
  }

  whole(events: readonly TextRunEvent[]): object {
    const empty = events.flatMap((event) => (event.kind === 'empty' ? [event.job] : []))
    const generations = events.filter((event) => event.kind === 'generation')
    const finished = finishedJobs(generations)
    const { vocab } = this.#model.tokenizer
    const answers = [
      ...empty.map((job) => ({ job, json: emptyJson({ ...this.#askedOf(job), sampling: undefined }) })),
      ...finished.map(({ job, finish }) => {
        const hasNewLine = finish.text.includes('\n')
        return { job, json: finalJson(this.#askedOf(job), finish, vocab, { isStream: false, hasNewLine }) }
      }),
    ].sort((a, b) => a.job.index - b.job.index)
    const all = answers.map(({ json }) => json)
    return this.#isSeveral ? all : all[0]!
  }

  *push(event: TextRunEvent): Generator<WireEvent> {
    switch (event.kind) {
      case 'images':
        if (this.#options.returnProgress) yield { data: { content: '', stop: false, ...imagesJson(event) } }
        break
      case 'empty':
        yield { data: emptyJson({ ...this.#askedOf(event.job), sampling: undefined }) }
        break
      case 'generation':
        for (const data of this.#parts(event)) yield { data }
        break
    }
  }

  *end(): Generator<WireEvent> {}

  *#parts({ job, event }: Generation): Generator<object> {
    const { vocab } = this.#model.tokenizer
    const asked = this.#askedOf(job)
    if (event.kind === 'queued' || event.kind === 'prefill') {
      yield progressPartialJson(asked, event)
      return
    }
    if (event.kind === 'prompt') return // nothing here asks for it
    if (event.text.includes('\n')) this.#withNewLine.add(job)
    if (event.kind === 'text') {
      yield partialJson(asked, event, vocab)
      return
    }
    // the last text is sent before the final event, whose content is empty
    if (event.text !== '' || event.tokens.length > 0) yield partialJson(asked, { ...event, kind: 'text' }, vocab)
    const hasNewLine = this.#withNewLine.has(job)
    yield finalJson(asked, { ...event, text: '', tokens: [], probs: [] }, vocab, { isStream: true, hasNewLine })
  }

  #askedOf(job: TextJob): Asked {
    const known = this.#asked.get(job)
    if (known !== undefined) return known
    const { index, prompt, task } = job
    const { name, info, tokenizer } = this.#model
    const asked = {
      fields: this.#options,
      prompt,
      index: this.#isSeveral ? index : undefined,
      sampling: task.sampling,
      modelName: name,
      nCtx: info.nCtxSlot,
      endOfGeneration: tokenizer.vocab.endOfGeneration,
    }
    this.#asked.set(job, asked)
    return asked
  }
}
