// Messages → the prompt format that the model was trained on, by its own Jinja template; ChatML if
// it has none.
import { badField, messageOf, RequestError } from '../../../base/errors.ts'
import { TemplateError, TemplateLimitError } from '../../../jinja/errors.ts'
import { Template } from '../../../jinja/template.ts'
import { type Capabilities, probeCapabilities } from './capabilities.ts'
import { continuesByDefault, renderContinued } from './continuation.ts'
import { fitMessages } from './fit-messages.ts'
import type { Conversation, TemplateMessage } from './template-message.ts'

/** Source: the specification's server of January 2024, which knew no other template. */
export const chatMl = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`

/** Templates need some 200 steps for a message, and one for 16 characters that a filter reads. */
const steps = { base: 5_000_000, perMessage: 5_000, perChar: 1 }
const maxMs = 10_000
const maxProbeSteps = 1_000_000

/** A template that needs more time than its caller has. */
export class RenderTimeout extends Error {
  override readonly name = 'RenderTimeout'
}

type Variables = Readonly<Record<string, unknown>>

export class ChatTemplate {
  /** In Jinja. */
  readonly source: string
  readonly #template: Template
  readonly #variables: Variables
  /** Strings that end an answer if the model does not know the template's end marker as a token. */
  readonly stop: readonly string[]
  /** Messages are adapted to these. */
  readonly capabilities: Capabilities

  /**
   * @param source undefined: ChatML.
   * @param more settings that come with the operator's own template.
   * @throws RequestError when it cannot be parsed.
   */
  constructor(
    source: string | undefined,
    tokens: { readonly bos: string; readonly eos: string },
    more: { readonly variables: Variables; readonly stop: readonly string[] } = { variables: {}, stop: [] },
  ) {
    this.#variables = { bos_token: tokens.bos, eos_token: tokens.eos, ...more.variables }
    this.source = source ?? chatMl
    this.stop = source === undefined ? ['<|im_end|>'] : more.stop
    try {
      this.#template = new Template(source ?? chatMl)
    } catch (error) {
      const message = `The chat template of the model cannot be read: ${messageOf(error)}. Choose one by --chat-template.`
      throw new RequestError('server', message)
    }
    const render = (variables: Variables) =>
      this.#template.render({ ...this.#common(), ...variables }, { limits: { maxSteps: maxProbeSteps } })
    this.capabilities = probeCapabilities(render, source ?? chatMl)
  }

  /**
   * The prompt of a conversation, whose messages are first adapted to the template.
   * @throws RequestError when the template refuses the messages; RenderTimeout after less than the
   *   usual time.
   */
  render(
    { messages, tools = [], addGenerationPrompt, continueFinalMessage, extra = {} }: Conversation,
    withinMs = maxMs,
  ): string {
    const fit = fitMessages(messages, this.capabilities)
    const render = (own: readonly TemplateMessage[], addsPrompt: boolean) =>
      this.#render(
        { ...this.#toolVariables(tools), ...extra, messages: own, add_generation_prompt: addsPrompt },
        stepsFor(own),
        withinMs,
      )
    if (continueFinalMessage && fit.at(-1)?.role !== 'assistant') {
      throw badField('continue_final_message', continueFinalMessage, "needs the last message to be the assistant's")
    }
    if (!(continueFinalMessage ?? continuesByDefault(fit))) return render(fit, addGenerationPrompt)
    return renderContinued(fit, continueFinalMessage, this.capabilities.reasoningKey, render)
  }

  #render(variables: Variables, maxSteps: number, withinMs: number): string {
    const end = performance.now() + withinMs
    const limits = { maxSteps, isLate: () => performance.now() > end }
    try {
      return this.#template.render({ ...this.#common(), ...variables }, { limits })
    } catch (error) {
      if (error instanceof TemplateLimitError && withinMs < maxMs && limits.isLate()) throw new RenderTimeout()
      const message = `Cannot read "messages": the model's chat template ${failureOf(error)}: ${messageOf(error)}`
      throw new RequestError('invalid_request', message, { param: 'messages' })
    }
  }

  /** Variables of every rendering. The dates are those of llama-server. */
  #common(): Variables {
    const [, month, day, year] = new Date().toDateString().split(' ')
    return { datetime: `${month} ${day} ${year}`, date_string: `${day} ${month} ${year}`, ...this.#variables }
  }

  #toolVariables(tools: readonly object[]): Variables {
    const { noTools, toolsAreFunctions } = this.capabilities
    if (tools.length === 0) return noTools
    return { ...noTools, tools, ...(toolsAreFunctions ? { functions: JSON.stringify(tools, null, 4) } : {}) }
  }
}

function stepsFor(messages: readonly TemplateMessage[]): number {
  const nChars = messages.reduce((sum, { content }) => sum + (content?.length ?? 0), 0)
  return steps.base + steps.perMessage * messages.length + steps.perChar * nChars
}

function failureOf(error: unknown): string {
  if (!(error instanceof TemplateError)) return 'cannot be rendered'
  return error.isRefusal ? 'refuses them' : 'fails on them'
}
