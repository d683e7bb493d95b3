// Fields of a request that Cria does not have. Clients send fields of other servers, and their
// users cannot edit them: such a field is ignored and reported, unless it is most likely a typo of
// a name that Cria has.
import { RequestError } from '../base/errors.ts'

/** Names of other servers and routers that resemble one of ours without being a typo of it. */
const otherServers: ReadonlySet<string> = new Set([
  ...['models', 'top_a', 'min_tokens', 'min_length', 'max_length', 'tokens', 'messages_format', 'prompts', 'stream_id'],
  ...[
    'stream_reasoning',
    'include_usage',
    'return_token_ids',
    'return_tokens_as_token_ids',
    'response_role',
    'input_type',
  ],
])

/** Shorter names resemble too many others. */
const minTypoLength = 5

/** The part of a table of fields that is needed here. */
type Names = Readonly<Record<string, { readonly names: readonly string[]; readonly support?: string }>>

/**
 * @param isStrict refuse every unknown field.
 * @returns names that have no effect: unknown ones, and those whose field has no effect and whose
 *   value asks for one.
 * @throws RequestError for a typo.
 */
export function ignoredFields(
  table: Names,
  given: Readonly<Record<string, unknown>>,
  isStrict: boolean,
): readonly string[] {
  const fields = new Map(Object.values(table).flatMap((field) => field.names.map((name) => [name, field] as const)))
  return Object.keys(given).filter((name) => {
    const field = fields.get(name)
    if (field !== undefined) return field.support === 'no effect' && asksForSomething(given[name])
    const close = closest(name, [...fields.keys()])
    if (isStrict || close !== undefined) throw noSuchField(name, close)
    return true
  })
}

/** Whether a value asks for something: null, `[]`, `{}`, `""`, false and 0 do not. */
export function asksForSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

function noSuchField(name: string, close: string | undefined): RequestError {
  const hint = close === undefined ? '' : `; did you mean "${close}"?`
  return new RequestError('invalid_request', `Cannot read "${name}": there is no such field${hint}`, { param: name })
}

/** The name that this one is a typo of. */
function closest(name: string, ours: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll(/[_-]/g, '').toLowerCase()
  const alike = ours.find((other) => plain(other) === plain(name))
  if (alike !== undefined) return alike
  if (name.length < minTypoLength || name.length > 64 || otherServers.has(name)) return undefined
  return ours.find((other) => other.length >= minTypoLength && isOneEdit(name, other))
}

/** Whether one letter added, dropped or changed, or two swapped, turns one name into the other. */
function isOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const rest = (text: string, from: number) => text.slice(from)
  const swapped = a[start] === b[start + 1] && a[start + 1] === b[start] && rest(a, start + 2) === rest(b, start + 2)
  return (
    swapped ||
    rest(a, start + 1) === rest(b, start + 1) ||
    rest(a, start) === rest(b, start + 1) ||
    rest(a, start + 1) === rest(b, start)
  )
}
