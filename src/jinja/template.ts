// A Jinja template: parsed once, rendered often. Behaves as Jinja2 3.1 with the settings of
// transformers.
import { Budget, defaultLimits, type Limits } from './budget.ts'
import { toValue } from './convert.ts'
import { TemplateLimitError, TemplateSyntaxError } from './errors.ts'
import { known } from './evaluator.ts'
import { makeGlobals } from './globals.ts'
import { checkNames } from './names.ts'
import type { Body } from './nodes.ts'
import { parse } from './parser.ts'
import { Renderer } from './renderer.ts'
import { Scope } from './scope.ts'

export type RenderOptions = {
  readonly limits?: Partial<Limits>
  /** The time that `strftime_now` writes. */
  readonly now?: () => Date
}

export class Template {
  readonly #body: Body

  /** @throws TemplateSyntaxError, UnsupportedError */
  constructor(source: string) {
    this.#body = withinStack(
      () => {
        const body = parse(source)
        checkNames(body, known)
        return body
      },
      () => new TemplateSyntaxError('the template is nested too deeply', 1),
    )
  }

  /**
   * @param variables JSON. The template has access to nothing else.
   * @throws TemplateError, TemplateLimitError, UnsupportedError
   */
  render(variables: Readonly<Record<string, unknown>>, options: RenderOptions = {}): string {
    const budget = new Budget({ ...defaultLimits, ...options.limits })
    const globals = new Scope()
    for (const [name, value] of makeGlobals(budget, options.now ?? (() => new Date()))) globals.set(name, value)
    return withinStack(
      () => {
        for (const [name, value] of Object.entries(variables)) {
          if (value !== undefined) globals.set(name, toValue(value))
        }
        return new Renderer(budget, new Scope(globals)).render(this.#body)
      },
      () => new TemplateLimitError('the template, or what it is given, is nested too deeply'),
    )
  }
}

/** Turns a stack overflow into an error that names its cause. */
function withinStack<T>(body: () => T, onOverflow: () => Error): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof RangeError) throw onOverflow()
    throw error
  }
}
