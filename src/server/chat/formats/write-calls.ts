// Tool calls → the text that a model of this format writes for them. For histories of templates
// that omit calls.
import type { CallBody, ToolSyntax } from './tool-syntax.ts'

export type WrittenCall = {
  readonly id: string
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** @param calls at least one. */
export function writeCalls({ section, call, separator, body }: ToolSyntax, calls: readonly WrittenCall[]): string {
  const written = calls.map((one, i) => call.start + writeCall(body, one, i) + call.end)
  const isInArray = body.kind === 'python' || (body.kind === 'json' && body.isArray)
  const between = isInArray ? ', ' : separator
  const all = written.join(between)
  return section.start + (isInArray ? `[${all}]` : all) + section.end
}

function writeCall(body: CallBody, { id, name, arguments: args }: WrittenCall, index: number): string {
  const members = Object.entries(args)
  switch (body.kind) {
    case 'json': {
      if (body.nameKey === undefined) return json({ [name]: args })
      const call = { [body.nameKey]: name, [body.argumentsKey]: args }
      if (body.idKey === undefined) return json(call)
      return json(body.idKey.isFirst ? { [body.idKey.key]: id, ...call } : { ...call, [body.idKey.key]: id })
    }
    case 'named': {
      const before = body.idBefore === undefined ? '' : id + body.idBefore.end
      const after = body.idAfter === undefined ? '' : body.idAfter.start + id
      return before + (body.isNameInId ? `functions.${name}:${index}` : name) + after + body.nameEnd + json(args)
    }
    case 'tagged':
      return (
        name +
        body.nameEnd +
        (body.attributesEnd === '' ? '' : ` index="${index + 1}"${body.attributesEnd}`) +
        members.map(([key, value]) => writeTagged(body, key, value)).join(body.pad)
      )
    case 'elements':
      return name + body.nameEnd + writeElements(body.prefix, members)
    case 'python':
      return `${name}(${members.map(([key, value]) => `${key}=${python(value)}`).join(', ')})`
    case 'gemma':
      return `call:${name}${gemma(args)}`
  }
}

function writeTagged(body: Extract<CallBody, { kind: 'tagged' }>, key: string, value: unknown): string {
  const isText = typeof value === 'string'
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const fitting = body.keyEnd.find(({ marker }) => marker.includes(`"${type}"`))
  const end = fitting ?? body.keyEnd.find((end) => end.isText === undefined || end.isText === isText) ?? body.keyEnd[0]!
  const valueEnd = body.pad !== '' && !body.valueEnd.startsWith(body.pad) ? body.pad + body.valueEnd : body.valueEnd
  return body.keyStart + key + end.marker + (isText ? value : json(value)) + valueEnd
}

function writeElements(prefix: string, members: readonly (readonly [string, unknown])[]): string {
  return members.map(([key, value]) => `${prefix}<${key}>${element(prefix, value)}${prefix}</${key}>`).join('')
}

function element(prefix: string, value: unknown): string {
  if (Array.isArray(value))
    return writeElements(
      prefix,
      value.map((item) => ['item', item] as const),
    )
  if (typeof value === 'object' && value !== null) return writeElements(prefix, Object.entries(value))
  return typeof value === 'string' ? value : json(value)
}

function python(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}: ${python(member)}`)
      .join(', ')}}`
  }
  return JSON.stringify(value)
}

function gemma(value: unknown): string {
  if (typeof value === 'string') return `<|"|>${value}<|"|>`
  if (Array.isArray(value)) return `[${value.map(gemma).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}:${gemma(member)}`)
    .join(',')}}`
}

/** JSON with the blanks of Python's json.dumps, as in the models' training data. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${json(member)}`)
    .join(', ')}}`
}
