// The rules of a grammar in the making: their names, one rule for equal bodies, and a limit on its
// size.
import { ruleName } from './gbnf-text.ts'
import { charRule, spaceRule } from './json-text.ts'
import { TooMuch } from './problem.ts'

/** Rules available to every grammar; only used ones are written. */
const primitives: Readonly<Record<string, string>> = {
  space: spaceRule,
  char: charRule,
  string: '"\\"" char* "\\""',
  boolean: '"true" | "false"',
  null: '"null"',
  integer: '"-"? ([0-9] | [1-9] [0-9]{1,15})',
  number: '"-"? ([0-9] | [1-9] [0-9]{1,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  value: 'object | array | string | number | boolean | null',
  object: '"{" space (member space ("," space member space)*)? "}"',
  member: 'string space ":" space value',
  array: '"[" space (value space ("," space value space)*)? "]"',
}

export type RuleLimits = {
  readonly rules: number
  /** Characters of all rules together. The grammar's own check accepts no more than 256 KiB. */
  readonly chars: number
}

export class Rules {
  readonly #limits: RuleLimits
  readonly #rules = new Map<string, string>()
  readonly #byBody = new Map<string, string>()
  readonly #lastNumber = new Map<string, number>()
  #nChars = 0

  constructor(limits: RuleLimits) {
    this.#limits = limits
  }

  get names(): readonly string[] {
    return [...this.#rules.keys()]
  }

  has(name: string): boolean {
    return this.#rules.has(name)
  }

  /**
   * @param body an expression. @returns an item: the name of its rule, or itself where it is a name
   *   or a terminal.
   */
  item(body: string, wish: string): string {
    if (/^(?:[A-Za-z][A-Za-z0-9-]*|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\])$/.test(body)) return body
    const known = this.#byBody.get(body)
    if (known !== undefined) return known
    const name = this.reserve(wish)
    this.set(name, body)
    this.#byBody.set(body, name)
    return name
  }

  /** Reserves a name for a rule whose body is not known yet. */
  reserve(wish: string): string {
    if (this.#rules.size >= this.#limits.rules) {
      throw new TooMuch('', `it needs more than ${this.#limits.rules} rules of grammar`)
    }
    const base = ruleName(wish)
    let n = this.#lastNumber.get(base) ?? 0
    let name = n === 0 ? base : `${base}-${n}`
    while (this.#rules.has(name) || primitives[name] !== undefined) name = `${base}-${++n}`
    this.#lastNumber.set(base, n)
    this.#rules.set(name, '')
    return name
  }

  set(name: string, body: string): void {
    this.#rules.set(name, body)
    this.#nChars += name.length + body.length
    if (this.#nChars > this.#limits.chars) {
      throw new TooMuch('', `its grammar would have more than ${this.#limits.chars} characters`)
    }
  }

  /** The grammar: the rules reachable from `root`, or all rules when there is no root. */
  format(): string {
    const used = new Set<string>(this.#rules.has('root') ? ['root'] : this.#rules.keys())
    for (const name of used) {
      const body = this.#rules.get(name) ?? primitives[name]!
      const words = body.matchAll(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|([A-Za-z][A-Za-z0-9-]*)/g)
      for (const [, word] of words) {
        if (word !== undefined && (this.#rules.has(word) || primitives[word] !== undefined)) used.add(word)
      }
    }
    return [...used]
      .sort()
      .map((name) => `${name} ::= ${this.#rules.get(name) ?? primitives[name]}\n`)
      .join('')
  }
}
