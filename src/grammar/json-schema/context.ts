// The state of one conversion, shared by the parts of the converter.
import type { Alternatives } from './alternatives.ts'
import type { Policy } from './policy.ts'
import type { Rules } from './rules.ts'
import type { Literal } from './shape.ts'
import type { Strings } from './strings.ts'
import type { Validator } from './validator.ts'

export type Context = {
  readonly rules: Rules
  readonly policy: Policy
  readonly strings: Strings
  readonly alternatives: Alternatives
  readonly validator: Validator
  /** The ranks of properties that come before the others. */
  readonly order: Readonly<Record<string, number>>
  /**
   * An item of the grammar for the values that are valid by all the schemas.
   * @throws Unsatisfiable when there are none.
   */
  item(literals: readonly Literal[], wish: string): string
}
