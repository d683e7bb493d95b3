// Messages → the prompt that the model was trained on, by its own Jinja template; ChatML where it has none.
import { messageOf, RequestError } from '../../../base/errors.ts'
import { TemplateError } from '../../../jinja/errors.ts'
import { Template } from '../../../jinja/template.ts'

export type ChatMessage = { readonly role: string; readonly content: string; readonly [extra: string]: unknown }

/** Source: the specification's server of January 2024, which knew no other template. */
export const chatMl = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`

export class ChatTemplate {
  readonly #template: Template
  readonly #variables: Readonly<Record<string, unknown>>
  /** Strings that end an answer when the model does not know the template's own end as a token. */
  readonly stop: readonly string[]

  /**
   * @param source undefined: ChatML.
   * @param more what the operator's own template brings along.
   * @throws RequestError when it cannot be parsed.
   */
  constructor(
    source: string | undefined,
    tokens: { readonly bos: string; readonly eos: string },
    more: { readonly variables: Readonly<Record<string, unknown>>; readonly stop: readonly string[] } = {
      variables: {},
      stop: [],
    },
  ) {
    this.#variables = { bos_token: tokens.bos, eos_token: tokens.eos, ...more.variables }
    this.stop = source === undefined ? ['<|im_end|>'] : more.stop
    try {
      this.#template = new Template(source ?? chatMl)
    } catch (error) {
      throw new RequestError('server', `The chat template of the model cannot be parsed: ${messageOf(error)}`)
    }
  }

  /**
   * @param extra more variables for the template (`chat_template_kwargs`).
   * @throws RequestError when the template refuses the messages.
   */
  render(
    messages: readonly ChatMessage[],
    addGenerationPrompt: boolean,
    extra: Readonly<Record<string, unknown>>,
  ): string {
    try {
      return this.#template.render({
        ...this.#variables,
        ...extra,
        messages,
        add_generation_prompt: addGenerationPrompt,
      })
    } catch (error) {
      const message = `Cannot read "messages": the model's chat template ${failureOf(error)}: ${messageOf(error)}`
      throw new RequestError('invalid_request', message, { param: 'messages' })
    }
  }
}

function failureOf(error: unknown): string {
  if (!(error instanceof TemplateError)) return 'cannot be rendered'
  return error.isRefusal ? 'refuses them' : 'fails on them'
}
