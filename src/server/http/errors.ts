// Turns a thrown value into an error that a client may see; also the error style outside every
// dialect.
import type { FastifyError } from 'fastify'
import { type ErrorKind, errorStatus, messageOf, RequestError, show } from '../../base/errors.ts'
import type { ErrorStyle } from './handler.ts'

/** {"error": {code, message, type}}: errors of llama-server, and of unknown routes. */
export const plainErrors: ErrorStyle = {
  body: ({ status, message, type, details }) => ({
    error: { code: status, message, type, ...details },
  }),
  event: (error) => ({ data: plainErrors.body(error) }),
}

/**
 * Any thrown value as an error that a client may see. Our own bugs stay a bare "internal error".
 */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  const code = (error as Partial<FastifyError>).code ?? ''
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestError('request_too_large', 'The body is larger than --body-limit allows')
    case 'FST_ERR_BAD_URL':
      return new RequestError('invalid_request', messageOf(error))
  }
  const status = (error as Partial<FastifyError>).statusCode ?? 500
  if (status >= 400 && status < 500) return new RequestError(kindOf(status), messageOf(error))
  return new RequestError('server', 'Internal error; see the server log for details')
}

/** The first kind with that status; a bad request if there is none. */
function kindOf(status: number): ErrorKind {
  const kinds = Object.keys(errorStatus) as ErrorKind[]
  return kinds.find((kind) => errorStatus[kind] === status) ?? 'invalid_request'
}

/** An error of the schema check, as Ajv reports it in verbose mode. */
export type SchemaError = {
  readonly instancePath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  readonly data?: unknown
  readonly parentSchema?: Readonly<Record<string, unknown>>
}

/**
 * Names the field, the value and the rule.
 * @param schema of the whole body: a field's `description` there states its rule.
 */
export function schemaRequestError(errors: readonly SchemaError[], body: unknown, schema: object): RequestError {
  // inside anyOf each branch reports an error; the whole field is what the user wrote
  const error = errors.find(({ keyword }) => keyword === 'anyOf') ?? errors[0]!
  const field = fieldName(error.instancePath)
  const top = error.instancePath.split('/')[1]
  const properties = (schema as { properties?: Record<string, { description?: string }> }).properties ?? {}
  switch (error.keyword) {
    case 'required': {
      const missing = String(error.params.missingProperty)
      return invalid(join(field, missing), `"${join(field, missing)}" is missing`)
    }
    case 'additionalProperties': {
      const extra = String(error.params.additionalProperty)
      const names = Object.keys((error.parentSchema?.properties as object | undefined) ?? properties)
      const close = names.find((name) => name.replaceAll('_', '') === extra.replaceAll(/[_-]/g, '').toLowerCase())
      const hint = close === undefined ? '' : `; did you mean "${close}"?`
      return invalid(join(field, extra), `Cannot read "${join(field, extra)}": there is no such field${hint}`)
    }
  }
  if (field === '') {
    const kind = (schema as { type?: unknown }).type === 'array' ? 'array' : 'object'
    const what = body === undefined ? `it is empty, a JSON ${kind} is needed` : `${show(body)} is not a JSON ${kind}`
    return invalid('', `Cannot read the body: ${what}`)
  }
  const rule = top === undefined ? undefined : properties[top]?.description
  if (rule === undefined) {
    const own = (error.parentSchema?.description as string | undefined) ?? ruleOf(error)
    return invalid(field, `Cannot read "${field}": ${show(error.data)} ${own}`)
  }
  return invalid(top!, `Cannot read "${top}": ${show((body as Record<string, unknown>)[top!])} ${rule}`)
}

function invalid(param: string, message: string): RequestError {
  return new RequestError('invalid_request', message, param === '' ? {} : { param })
}

/** `/messages/0/role` → `messages[0].role`. */
function fieldName(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .reduce((name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : join(name, part)), '')
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`
}

/** Whether a bound is specific to the field, rather than the limit of the engine's numbers. */
function isRule(bound: unknown): boolean {
  return typeof bound === 'number' && Math.abs(bound) !== 2 ** 31 - 1 && Math.abs(bound) !== 1e30
}

function ruleOf({ keyword, params, parentSchema }: SchemaError): string {
  switch (keyword) {
    case 'minimum':
    case 'maximum': {
      const { minimum, maximum } = parentSchema ?? {}
      if (isRule(minimum) && isRule(maximum)) return `is not in [${minimum}, ${maximum}]`
      return keyword === 'minimum' ? `is not ${minimum} or more` : `is not ${maximum} or less`
    }
    case 'exclusiveMinimum':
      return `is not greater than ${params.limit}`
    case 'type': {
      const types = [params.type].flat().filter((type) => type !== 'null')
      return `is not ${types.map((type) => words[String(type)] ?? type).join(' or ')}`
    }
    case 'enum':
      return `is not one of ${(params.allowedValues as unknown[]).filter((value) => value !== null).join(', ')}`
    case 'const':
      return `is not ${show(params.allowedValue)}`
    case 'minItems':
      return `has fewer than ${params.limit} items`
    case 'maxItems':
      return `has more than ${params.limit} items`
    case 'uniqueItems':
      return 'names something twice'
    default:
      return `is not allowed (${keyword})`
  }
}

const words: Readonly<Record<string, string>> = {
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
}
