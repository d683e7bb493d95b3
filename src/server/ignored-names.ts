// Request fields without effect: named in the answer's header, and once in the log.
import type { Logger } from 'pino'
import type { Answer } from './http/handler.ts'

const ignoredHeader = 'X-Cria-Ignored'

/** Names come from clients, so both their number and their length are limited. */
const maxRemembered = 1000
const maxLength = 1000

export class IgnoredNames {
  readonly #log: Logger
  readonly #logged = new Set<string>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** The answer with the names in its header; new names are logged. @param path of the route. */
  added(answer: Answer, names: readonly string[], path: string): Answer {
    if (names.length === 0) return answer
    const shown = names.map(headerText)
    for (const name of shown) this.#note(`${path} ignores the field "${name}"`)
    return { ...answer, headers: { ...answer.headers, [ignoredHeader]: shown.join(', ').slice(0, maxLength) } }
  }

  #note(line: string): void {
    if (this.#logged.has(line) || this.#logged.size >= maxRemembered) return
    this.#logged.add(line)
    this.#log.info(line)
  }
}

/** Headers hold only ASCII: other characters are percent-encoded. */
function headerText(name: string): string {
  const escaped = (character: string) =>
    `%${Buffer.from(character).toString('hex').toUpperCase().match(/../g)!.join('%')}`
  return name.slice(0, 64).replaceAll(/[^\w.-]/gu, escaped)
}
