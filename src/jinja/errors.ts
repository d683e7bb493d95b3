// The ways in which a template can fail. Knows no model, no request and no HTTP.

/** A template that cannot be parsed. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  /** From 1. */
  readonly line: number

  constructor(message: string, line: number) {
    super(`${message} (line ${line})`)
    this.line = line
  }
}

/**
 * A template that failed during rendering, as in Jinja2. `kind` is the name of Python's or Jinja2's
 * exception; `TemplateError` is the template's own refusal.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly kind: string

  constructor(kind: string, message: string) {
    super(message)
    this.kind = kind
  }

  /** Whether the template refused by `raise_exception`. */
  get isRefusal(): boolean {
    return this.kind === 'TemplateError'
  }
}

/** A template that needed more steps, text, depth or time than allowed. */
export class TemplateLimitError extends Error {
  override readonly name = 'TemplateLimitError'
}

/** A feature of Jinja2 that this engine does not have. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
}

export function typeError(message: string): TemplateError {
  return new TemplateError('TypeError', message)
}

export function valueError(message: string): TemplateError {
  return new TemplateError('ValueError', message)
}
