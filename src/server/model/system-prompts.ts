// The system prompt: one prefix for the prompts of all clients.
import type { Vocab } from '../../llama/vocab.ts'

export type SystemPrompt = {
  readonly text: string
  readonly antiPrompt: string
  readonly assistantName: string
  /** With BOS, if the model has one. */
  readonly tokens: readonly number[]
}

const none: SystemPrompt = { text: '', antiPrompt: '', assistantName: '', tokens: [] }

export class SystemPrompts {
  #current = none
  #lastChange: Promise<unknown> = Promise.resolve()

  get current(): SystemPrompt {
    return this.#current
  }

  /** Waits until earlier changes are read: a request sees the changes that came before it. */
  async settled(): Promise<void> {
    await this.#lastChange
  }

  /**
   * @param read called when earlier changes are read. Its error changes nothing. @returns its
   *   result.
   */
  change(read: () => Promise<SystemPrompt>): Promise<SystemPrompt> {
    const changed = this.#lastChange.then(async () => {
      this.#current = await read()
      return this.#current
    })
    this.#lastChange = changed.catch(() => {})
    return changed
  }

  /**
   * The prompt after the system prompt, which has the only BOS.
   * @param tokens a prompt as it would be without a system prompt.
   */
  before(tokens: readonly number[], vocab: Vocab): readonly number[] {
    return [...this.#current.tokens, ...this.behind(tokens, vocab)]
  }

  /** The part of the prompt after the system prompt; may be empty. */
  behind(tokens: readonly number[], vocab: Vocab): readonly number[] {
    const bringsBos = vocab.addsBos && tokens[0] === vocab.bos
    return this.#current.tokens.length > 0 && bringsBos ? tokens.slice(1) : tokens
  }
}
