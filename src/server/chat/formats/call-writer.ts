// The deltas of tool calls, numbered in order of arrival.
import type { Reading } from './chat-parser.ts'

export class CallWriter {
  #nStarted = 0
  #isOpen = false
  #nArguments = 0

  get nCalls(): number {
    return this.#nStarted
  }

  *start(name: string, id: string | undefined): Reading {
    this.#isOpen = true
    this.#nArguments = 0
    yield { kind: 'tool-start', index: this.#nStarted++, id, name }
  }

  *arguments(delta: string): Reading {
    if (delta === '') return
    this.#nArguments += delta.length
    yield { kind: 'tool-arguments', index: this.#nStarted - 1, delta }
  }

  /** A call without arguments gets an empty object. */
  *end(): Reading {
    if (!this.#isOpen) return
    if (this.#nArguments === 0) yield* this.arguments('{}')
    this.#isOpen = false
    yield { kind: 'tool-end', index: this.#nStarted - 1 }
  }
}
