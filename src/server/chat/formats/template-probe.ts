// Renders a template with conversations of known words, and extracts the text that the template
// writes for an answer.

export type TemplateMessage = { readonly role: string; readonly [name: string]: unknown }
/** Renders a conversation as the model's template does. @throws where the template refuses it. */
export type RenderTemplate = (conversation: {
  readonly messages: readonly TemplateMessage[]
  readonly tools: readonly object[]
  readonly addGenerationPrompt: boolean
}) => string

/** The words that stand for the parts of an answer. None occurs in a template. */
export const probe = {
  user: 'Cria asks',
  answer: 'Cria answers',
  thought: 'Cria thinks',
  tool: 'cria_first_tool',
  otherTool: 'cria_other_tool',
  textKey: 'cria_text',
  text: 'cria value',
  numberKey: 'cria_number',
  number: 31415,
  id: 'criaid001', // nine letters and digits, as Mistral's templates require
  otherId: 'criaid002',
} as const

export type Answer = { readonly content?: string; readonly thought?: string; readonly nCalls?: 1 | 2 }

export class TemplateProbe {
  readonly #render: RenderTemplate
  /** The end of a prompt that requests an answer. */
  readonly opening: string | undefined

  constructor(render: RenderTemplate) {
    this.#render = render
    this.opening = this.#after(() => this.#render({ messages: [user], tools, addGenerationPrompt: true }))
  }

  /** Whether the tools of a request appear in the prompt. */
  get showsTools(): boolean {
    try {
      return this.#render({ messages: [user], tools, addGenerationPrompt: true }).includes(probe.textKey)
    } catch {
      return false
    }
  }

  /**
   * The text that a template writes after the user's message for an answer; undefined when it
   * refuses.
   */
  answer(answer: Answer): string | undefined {
    const messages = [user, assistant(answer)]
    return this.#after(() => this.#render({ messages, tools, addGenerationPrompt: false }))
  }

  #after(render: () => string): string | undefined {
    try {
      const text = render()
      const at = text.lastIndexOf(probe.user)
      return at < 0 ? undefined : text.slice(at + probe.user.length)
    } catch {
      return undefined // the template's own refusal
    }
  }
}

const user = { role: 'user', content: probe.user }

function assistant({ content = '', thought, nCalls }: Answer): TemplateMessage {
  const reasoning = thought === undefined ? {} : { reasoning_content: thought }
  const calls = [call(probe.tool, probe.id), call(probe.otherTool, probe.otherId)].slice(0, nCalls ?? 0)
  return { role: 'assistant', content, ...reasoning, ...(nCalls !== undefined ? { tool_calls: calls } : {}) }
}

function call(name: string, id: string): object {
  const args = { [probe.textKey]: probe.text, [probe.numberKey]: probe.number }
  return { id, type: 'function', function: { name, arguments: args } }
}

const parameters = {
  type: 'object',
  properties: {
    [probe.textKey]: { type: 'string', description: 'a text' },
    [probe.numberKey]: { type: 'integer', description: 'a number' },
  },
  required: [probe.textKey],
}

const tools = [probe.tool, probe.otherTool].map((name) => ({
  type: 'function',
  function: { name, description: 'a tool', parameters },
}))

/** The common prefix of both texts, in whole markers. */
export function commonPrefix(a: string, b: string): string {
  let n = 0
  while (n < a.length && n < b.length && a[n] === b[n]) n++
  const cut = openMarker(a.slice(0, n))
  return a.slice(0, cut < 0 ? n : cut)
}

/** The common suffix of both texts, in whole markers. */
export function commonSuffix(a: string, b: string): string {
  let n = 0
  while (n < a.length && n < b.length && a[a.length - 1 - n] === b[b.length - 1 - n]) n++
  const suffix = a.slice(a.length - n)
  const isCut = [a, b].some((text) => openMarker(text.slice(0, text.length - n)) >= 0)
  return isCut ? suffix.slice(suffix.search(/[>\]]/) + 1) : suffix
}

/** The start of a marker that does not end in this text; -1 if there is none. */
function openMarker(text: string): number {
  return text.search(/(<[^<>\n]*|\[[A-Z_]*)$/)
}
