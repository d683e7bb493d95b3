// The system prompt: one prefix for the prompts of all clients.
import type { Vocab } from '../../llama/vocab.ts'

export type SystemPrompt = {
  readonly text: string
  readonly antiPrompt: string
  readonly assistantName: string
  /** With BOS, where the model has one. */
  readonly tokens: readonly number[]
}

const none: SystemPrompt = { text: '', antiPrompt: '', assistantName: '', tokens: [] }

export class SystemPrompts {
  #current = none
  #lastChange: Promise<unknown> = Promise.resolve()

  get current(): SystemPrompt {
    return this.#current
  }

  /** Waits until the changes that came before are read: what comes after a change follows it. */
  async settled(): Promise<void> {
    await this.#lastChange
  }

  /** @param read called when earlier changes are read. Its error changes nothing. @returns what it read. */
  change(read: () => Promise<SystemPrompt>): Promise<SystemPrompt> {
    const changed = this.#lastChange.then(async () => {
      this.#current = await read()
      return this.#current
    })
    this.#lastChange = changed.catch(() => {})
    return changed
  }

  /**
   * The prompt behind the system prompt, which has the only BOS.
   * @param tokens a prompt as it would be without one.
   */
  before(tokens: readonly number[], vocab: Vocab): readonly number[] {
    return [...this.#current.tokens, ...this.behind(tokens, vocab)]
  }

  /** What of the prompt stands behind the system prompt; may be empty. */
  behind(tokens: readonly number[], vocab: Vocab): readonly number[] {
    const bringsBos = vocab.addsBos && tokens[0] === vocab.bos
    return this.#current.tokens.length > 0 && bringsBos ? tokens.slice(1) : tokens
  }
}
