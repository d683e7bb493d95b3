// The bounds of one rendering: steps, lengths, depth and time. Reads no clock.
import { TemplateLimitError } from './errors.ts'

export type Limits = {
  /** Evaluated nodes, and the work of filters for each element or 16 characters. */
  readonly maxSteps: number
  /** Characters (UTF-16) of the output and of any intermediate text. */
  readonly maxChars: number
  /** Nesting of macros and recursive loops. */
  readonly maxDepth: number
  /** Asked every few thousand steps; true ends the rendering. */
  readonly isLate?: () => boolean
}

export const defaultLimits: Limits = { maxSteps: 20_000_000, maxChars: 64 * 1024 * 1024, maxDepth: 200 }

const stepsPerLook = 4096
const charsPerStep = 16

export class Budget {
  readonly #limits: Limits
  #steps = 0
  #nextLook = stepsPerLook
  #chars = 0
  #depth = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @throws TemplateLimitError when the steps or the time are used up. */
  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps < this.#nextLook) return
    this.#nextLook = this.#steps + stepsPerLook
    const { maxSteps, isLate } = this.#limits
    if (this.#steps > maxSteps) throw new TemplateLimitError(`the template needed more than ${maxSteps} steps`)
    if (isLate?.() === true) throw new TemplateLimitError('the template needed more time than it may take')
  }

  /** Pays for a text before it is made. */
  text(length: number): void {
    this.#checkLength(length)
    this.spend(1 + Math.floor(length / charsPerStep))
  }

  /** Pays for a concatenation, which shares the longer text. */
  concat(left: number, right: number): void {
    this.#checkLength(left + right)
    this.spend(1 + Math.floor(Math.min(left, right) / charsPerStep))
  }

  /** Pays for characters that are written to the output. */
  output(length: number): void {
    this.#chars += length
    if (this.#chars > this.#limits.maxChars) {
      throw new TemplateLimitError(`the template wrote more than ${this.#limits.maxChars} characters`)
    }
  }

  /** Runs `body` one level deeper. */
  nested<T>(body: () => T): T {
    this.#depth += 1
    if (this.#depth > this.#limits.maxDepth) {
      throw new TemplateLimitError(`the template called itself more than ${this.#limits.maxDepth} times in a row`)
    }
    try {
      return body()
    } finally {
      this.#depth -= 1
    }
  }

  #checkLength(length: number): void {
    if (length > this.#limits.maxChars) {
      throw new TemplateLimitError(`the template made a text of more than ${this.#limits.maxChars} characters`)
    }
  }
}
