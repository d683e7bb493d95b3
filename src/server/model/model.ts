// One model: its engine, its vocabulary and template, and the settings of all its requests.
import type { Logger } from 'pino'
import { assert } from '../../base/assert.ts'
import { TurnQueue } from '../../base/turn-queue.ts'
import type { Options } from '../../options/table.ts'
import type { EngineInfo } from '../../protocol/event.ts'
import { ChatFormat } from '../chat/formats/chat-format.ts'
import { capabilitiesJson } from '../chat/template/capabilities.ts'
import { type ChatTemplate, RenderTimeout } from '../chat/template/chat-template.ts'
import { type ChosenTemplate, chosenTemplate } from '../chat/template/chosen-template.ts'
import type { EngineClient, EngineState } from '../engine-client/client.ts'
import type { ImageEncoderClient } from '../image-encoder-client/client.ts'
import type { ImageUrlOptions } from '../images/image-url.ts'
import { FormatCache } from '../text/format-cache.ts'
import { makeTemplate, type TemplateChoice } from '../text/make-template.ts'
import { checkSize } from '../text/output-format.ts'
import { prepareText, type TextAnswer, type TextAsk } from '../text/prepare.ts'
import { startTextWorker, TextWorker } from '../text/text-worker.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import { isHeavy } from '../text/weight.ts'
import { Adapters } from './adapters.ts'
import { SystemPrompts } from './system-prompts.ts'

/** The process that encodes images, and the limits on images. */
export type ImageInput = { readonly client: ImageEncoderClient; readonly limits: ImageUrlOptions }

/** A chat that takes longer is rendered in the text worker. */
const maxRenderMs = 30

export type ModelOptions = {
  readonly engine: EngineClient
  readonly options: Options
  readonly imageEncoder: ImageEncoderClient | undefined
  readonly path: string
  readonly log: Logger
}

export class Model {
  readonly path: string
  /** The alias, else the path. */
  readonly name: string
  readonly engine: EngineClient
  readonly options: Options
  /** undefined without --mmproj. */
  readonly imageInput: ImageInput | undefined
  readonly systemPrompts = new SystemPrompts()
  readonly adapters: Adapters
  /** The chat template chosen by flags; undefined: the model's own. */
  readonly chosenTemplate: ChosenTemplate | undefined
  #tokenizer: Tokenizer | undefined
  readonly #templateChoice: TemplateChoice
  #template: ChatTemplate | undefined
  #chatFormat: ChatFormat | undefined
  #markerTokens: readonly number[] | undefined
  #isPrepared = false
  readonly #textWorker: TextWorker
  readonly #turns = new TurnQueue()
  readonly #formats = new FormatCache()
  readonly #log: Logger
  readonly #ignoredLines = new Set<string>()

  /** @throws StartError for a chat template that cannot be used. */
  constructor({ engine, options, imageEncoder, path, log }: ModelOptions) {
    this.#log = log
    this.path = path
    this.name = [...(options.alias ?? [])].sort()[0] ?? options.model ?? path
    this.engine = engine
    this.options = options
    this.imageInput = imageEncoder && { client: imageEncoder, limits: imageLimits(options) }
    const isMerged = options.loraBase !== undefined
    this.adapters = new Adapters(isMerged ? [] : (options.lora ?? []), !options.loraInitWithoutApply)
    this.chosenTemplate = chosenTemplate(options)
    this.#templateChoice = { chosen: this.chosenTemplate, variables: options.chatTemplateKwargs }
    const worker = { modelPath: path, kvOverrides: options.overrideKv ?? [], template: this.#templateChoice }
    this.#textWorker = new TextWorker(
      () => startTextWorker(worker),
      (line) => log.warn(line),
    )
  }

  /** `ready` when engine and vocabulary are loaded and `prepared` was called. */
  get state(): EngineState {
    const { state } = this.engine
    return state.kind === 'ready' && !this.#isPrepared ? { kind: 'loading', progress: 1 } : state
  }

  /** @throws RequestError (503) while no engine is ready. */
  get info(): EngineInfo {
    return this.engine.info
  }

  /** Fails while the vocabulary is not loaded; routes that need the model check this first. */
  get tokenizer(): Tokenizer {
    assert(this.#tokenizer !== undefined, 'the vocabulary is used before it is loaded')
    return this.#tokenizer
  }

  /** The template that renders chats; empty if the model has none. */
  get templateSource(): string {
    return this.chosenTemplate?.source ?? this.tokenizer.chatTemplate ?? ''
  }

  /** The capabilities of the template, as /props shows them; null for an invalid one. */
  get templateCapabilities(): Readonly<Record<string, boolean>> | null {
    try {
      return capabilitiesJson(this.template.capabilities)
    } catch {
      return null // chats give the reason, and so did the log
    }
  }

  /** @throws RequestError when the model's own template cannot be parsed. */
  get template(): ChatTemplate {
    this.#template ??= makeTemplate(this.#templateChoice, this.tokenizer)
    return this.#template
  }

  /**
   * The format of answers, detected from the template at its first use. @throws RequestError as
   * `template` does.
   */
  get chatFormat(): ChatFormat {
    this.#chatFormat ??= new ChatFormat(this.template.source, (conversation) =>
      this.template.render({
        ...conversation,
        continueFinalMessage: false,
        extra: { enable_thinking: true, thinking: true },
      }),
    )
    return this.#chatFormat
  }

  /** The control tokens that mark the parts of an answer. */
  get markerTokens(): readonly number[] {
    const { vocab } = this.tokenizer
    this.#markerTokens ??= [
      ...new Set(this.chatFormat.markers.flatMap((marker) => vocab.tokenize(marker, false, true))),
    ].filter((token) => vocab.piece(token).length === 0)
    return this.#markerTokens
  }

  /** @throws StartError for a file that is not a model. */
  async loadVocabulary(): Promise<void> {
    const { Tokenizer } = await import('../text/tokenizer.ts')
    this.#tokenizer = new Tokenizer(this.path, this.options.overrideKv ?? [])
  }

  /** Lets requests be served from now on. */
  prepared(): void {
    this.#isPrepared = true
  }

  /** Ends the processes that belong to it, except those that it was given. */
  async close(): Promise<void> {
    await this.#textWorker.stop()
  }

  /**
   * Renders, tokenizes and compiles everything that a request needs: the one entrance to the work
   * on texts. Work that is long, or might crash libllama's tokenizer, is done in another process.
   * Requests wait in line, and leaving the line costs nothing.
   * @throws RequestError naming the field that cannot be read.
   */
  async prepare(ask: TextAsk, signal: AbortSignal): Promise<TextAnswer> {
    if (ask.format !== undefined) checkSize(ask.format)
    const known = this.#formats.find(ask.format)
    if (known !== undefined)
      return { ...(await this.#read({ ...ask, format: { kind: 'text' } }, signal)), constraint: known }
    const answer = await this.#read(ask, signal)
    this.#formats.add(ask.format, answer.constraint)
    this.#logIgnored(answer)
    return answer
  }

  async #read(ask: TextAsk, signal: AbortSignal): Promise<TextAnswer> {
    if (isHeavy(ask)) return this.#textWorker.run(ask, signal)
    try {
      const tools = { tokenizer: this.tokenizer, template: () => this.template, maxRenderMs }
      return await this.#turns.run(() => prepareText(ask, tools), signal)
    } catch (error) {
      if (error instanceof RenderTimeout) return this.#textWorker.run(ask, signal)
      throw error
    }
  }

  #logIgnored({ ignored }: TextAnswer): void {
    for (const { path, keyword, reason } of ignored) {
      const line = `a JSON schema is not followed at ${path}/${keyword}: ${reason}`
      if (this.#ignoredLines.size < maxIgnoredLines && !this.#ignoredLines.has(line)) this.#log.info(line)
      this.#ignoredLines.add(line)
    }
  }
}

/** Lines about ignored keywords are logged once, up to this number. */
const maxIgnoredLines = 1_000

function imageLimits(options: Options): ImageUrlOptions {
  return {
    maxBytes: options.imageMaxBytes,
    maxPixels: options.imageMaxPixels,
    allowsUrls: options.allowImageUrls,
    allowsPrivate: options.allowPrivateImageUrls,
    timeoutMs: options.imageUrlTimeoutS * 1000,
    mediaPath: options.mediaPath,
  }
}
