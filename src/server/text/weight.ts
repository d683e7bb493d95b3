// Estimates whether the work on the texts of a request may block the server, or crash it. Pure, and
// quick for texts of any size.
import type { PromptText, TextAsk } from './prepare.ts'

/** About this many characters of plain text are tokenized in 20 ms. */
const maxWeight = 16_384
/**
 * Between two special tokens libllama compiles the model's regular expressions again: up to 2 ms.
 */
const weightOfMark = 300
/** The work of a chat template for a message. */
const weightOfMessage = 600
const weightOfLogitBias = 20
/** A schema may mean much work in few words, such as alternatives of alternatives. */
const weightPerSchemaCharacter = 32
/** Schemas of tools are not enforced where that is impossible, so they stay small. */
const weightPerToolCharacter = 4
/**
 * libllama's regular expressions recurse for each character of a match: some 6,000 of them fill its
 * stack.
 */
const maxRun = 1000

/** @returns whether the text worker must do it. */
export function isHeavy({ prompts, format, logitBias, penaltyPrompt }: TextAsk): boolean {
  const scale = new Scale()
  for (const prompt of prompts) {
    weighPrompt(prompt, scale)
    if (scale.isOver) return true
  }
  if (format?.kind === 'grammar') scale.text(format.source)
  if (format?.kind === 'regex') scale.value(format.pattern, weightPerSchemaCharacter)
  if (format?.kind === 'json-schema') scale.value(format.schema, weightPerSchemaCharacter)
  if (format?.kind === 'calls') scale.value(format.tools, weightPerToolCharacter)
  if (logitBias !== undefined) scale.value(logitBias, weightOfLogitBias)
  if (typeof penaltyPrompt === 'string') scale.text(penaltyPrompt)
  return scale.isOver
}

function weighPrompt(prompt: PromptText, scale: Scale): void {
  switch (prompt.kind) {
    case 'parts':
      scale.add(prompt.parts.length)
      for (const part of prompt.parts) if (typeof part === 'string') scale.text(part)
      return
    case 'pair':
      scale.text(prompt.query)
      scale.text(prompt.document)
      return
    case 'chat':
      scale.add(prompt.messages.length * weightOfMessage)
      scale.value(prompt.messages)
      scale.value(prompt.tools)
      scale.value(prompt.variables)
      return
  }
}

/**
 * The longest stretch of a text that has no white space in it, or nothing else. In UTF-16
 * characters.
 */
export function longestRun(text: string): number {
  let longest = 0
  let start = 0
  for (let i = 1; i <= text.length; i++) {
    if (i < text.length && isSpace(text, i) === isSpace(text, i - 1)) continue
    longest = Math.max(longest, i - start)
    start = i
  }
  return longest
}

function isSpace(text: string, at: number): boolean {
  return text.charCodeAt(at) <= 32
}

/** Adds up weights, and stops looking once it is over the limit. */
class Scale {
  #weight = 0

  get isOver(): boolean {
    return this.#weight > maxWeight
  }

  add(weight: number): void {
    this.#weight += weight
  }

  text(text: string): void {
    this.add(text.length)
    if (this.isOver) return
    for (const char of text) if (char === '<' || char === '[') this.add(weightOfMark)
    if (longestRun(text) > maxRun) this.add(Number.POSITIVE_INFINITY)
  }

  /**
   * JSON of any depth. @param factor weight of a character, and of a value beside its characters.
   */
  value(root: unknown, factor = 1): void {
    const rest = [root]
    while (rest.length > 0 && !this.isOver) {
      const value = rest.pop()
      this.add(factor)
      if (typeof value === 'string') {
        if (factor === 1) this.text(value)
        else this.add(value.length * factor)
      } else if (typeof value === 'object' && value !== null) {
        for (const key in value) {
          if (!Array.isArray(value)) this.add(key.length * factor)
          rest.push((value as Record<string, unknown>)[key])
          if (this.isOver) return
        }
      }
    }
  }
}
