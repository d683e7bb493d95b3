// What the user has chosen, kept in this browser. Other tabs follow.
import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export type Language = 'en' | 'de'

/** How a chat becomes a prompt without the model's own template: the specification's page had these. */
export type OwnTemplate = {
  readonly prompt: string
  /** With `{{prompt}}`, `{{history}}`, `{{char}}` and `{{user}}`. */
  readonly template: string
  /** One turn: `{{name}}` and `{{message}}`. */
  readonly history: string
  readonly user: string
  readonly bot: string
}

export type Output = {
  readonly kind: 'free' | 'grammar' | 'json'
  readonly grammar: string
  readonly schema: string
  /** Names of properties in the order that they are written, with commas between. */
  readonly order: string
}

/** How a model thinks, where its chat template has a switch or levels for it; `auto` is the template's own way. */
export type Thinking = 'auto' | 'on' | 'off' | 'low' | 'medium' | 'high'

/** Everything that shapes an answer: of a conversation, of new ones, and of a preset. */
export type Shape = {
  readonly systemPrompt: string
  readonly usesOwnTemplate: boolean
  readonly ownTemplate: OwnTemplate
  /** Only fields that differ from the server's default. */
  readonly sampling: Readonly<Record<string, unknown>>
  readonly output: Output
  readonly thinking: Thinking
  /** The names of the tools that the model may call. */
  readonly tools: readonly string[]
}

/** The shape in it is that of new conversations. */
export type Settings = Shape & {
  readonly theme: 'auto' | 'light' | 'dark'
  readonly language: Language
  readonly sendsOnEnter: boolean
  /** The list of conversations beside the view; on a phone it slides over it, whatever this says. */
  readonly showsList: boolean
  readonly showsNumbers: boolean
  /** After its first answer a chat is named by the model. */
  readonly writesTitles: boolean
  /** Answers that came with token probabilities show them, in place of their Markdown. */
  readonly showsProbs: boolean
  readonly saved: readonly { readonly name: string; readonly shape: Shape }[]
}

export const defaultShape: Shape = {
  systemPrompt: '',
  usesOwnTemplate: false,
  ownTemplate: {
    prompt:
      'This is a conversation between User and Llama, a friendly chatbot. Llama is helpful, kind, honest, good at writing, and never fails to answer any requests immediately and with precision.',
    template: '{{prompt}}\n\n{{history}}\n{{char}}:',
    history: '{{name}}: {{message}}',
    user: 'User',
    bot: 'Llama',
  },
  sampling: {},
  output: { kind: 'free', grammar: '', schema: '', order: '' },
  thinking: 'auto',
  tools: [],
}

export const useSettings = create<Settings>()(
  persist(
    (): Settings => ({
      ...defaultShape,
      theme: 'auto',
      language: navigator.language.startsWith('de') ? 'de' : 'en',
      sendsOnEnter: true,
      showsList: true,
      showsNumbers: true,
      writesTitles: false,
      showsProbs: true,
      saved: [],
    }),
    { name: 'cria.settings', version: 1 },
  ),
)

export const settings = useSettings.getState
export function changeSettings(change: Partial<Settings>): void {
  useSettings.setState(change)
}

/** A shape as it was stored, with what has come since then. */
export function wholeShape(stored: Partial<Shape>): Shape {
  const all = { ...defaultShape, ...stored }
  const { systemPrompt, usesOwnTemplate, ownTemplate, sampling, output, thinking, tools } = all
  return { systemPrompt, usesOwnTemplate, ownTemplate, sampling, output, thinking, tools }
}

window.addEventListener('storage', (event) => {
  if (event.key === 'cria.settings') void useSettings.persist.rehydrate()
})
