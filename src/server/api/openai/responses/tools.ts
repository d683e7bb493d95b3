// The fields `tools` and `tool_choice`: which tools the model is offered, and under what names it
// calls them.
import { badField } from '../../../../base/errors.ts'
import { missing } from '../../../../options/field.ts'
import type { ValueOf } from '../../../../options/schema.ts'
import type { ChatRequest, Tool, ToolChoice } from '../../../chat/chat-request.ts'
import type { toolChoiceSchema, toolsSchema } from './fields.ts'
import { type JsonObject, objectOf, optionalText, textOf } from './values.ts'

type ToolField = ValueOf<typeof toolsSchema>[number]
type ToolChoiceField = ValueOf<typeof toolChoiceSchema> | undefined

/**
 * A tool that the client runs. `tool.name` is the model's name of it; `name` and `namespace` are
 * the client's.
 */
export type OfferedTool = {
  readonly kind: 'function' | 'custom'
  readonly tool: Tool
  readonly name: string
  readonly namespace: string | undefined
}

/** A custom tool takes a text: the model calls it as a function of this one argument. */
export const customArgument = 'input'

const customParameters = {
  type: 'object',
  properties: { [customArgument]: { type: 'string' } },
  required: [customArgument],
  additionalProperties: false,
}

/** @throws RequestError naming the tool that cannot be read, and for two of one name. */
export function readTools(fields: readonly ToolField[]): readonly OfferedTool[] {
  const offered: OfferedTool[] = []
  const taken = new Set<string>()
  const add = (field: ToolField, path: string, namespace: string | undefined) => {
    if (field.type !== 'function' && field.type !== 'custom') return
    const name = nameOf(field, path)
    const known = namespace !== undefined && taken.has(name) ? `${namespace}__${name}` : name
    if (taken.has(known)) throw badField(`${path}.name`, name, 'is the name of two tools')
    taken.add(known)
    const tool = field.type === 'function' ? readFunction(field, known, path) : readCustom(field, known, path)
    offered.push({ kind: field.type, tool, name, namespace })
  }
  for (const [i, field] of fields.entries()) {
    if (field.type !== 'namespace') add(field, `tools[${i}]`, undefined)
  }
  for (const [i, field] of fields.entries()) {
    if (field.type !== 'namespace') continue
    const namespace = nameOf(field, `tools[${i}]`)
    for (const [k, inner] of innerTools(field, `tools[${i}]`).entries())
      add(inner, `tools[${i}].tools[${k}]`, namespace)
  }
  return offered
}

/** Types of tools that are not offered, as `tools.web_search`. */
export function ignoredTools(fields: readonly ToolField[]): readonly string[] {
  const all = fields.flatMap((field) =>
    field.type === 'namespace' && Array.isArray(field.tools) ? (field.tools as ToolField[]) : [field],
  )
  const served = ['function', 'custom', 'namespace']
  const others = all.filter(({ type }) => !served.includes(type)).map(({ type }) => `tools.${type}`)
  return [...new Set(others)]
}

/** @throws RequestError for a choice of what the model is not offered. */
export function readToolChoice(
  choice: ToolChoiceField,
  offered: readonly OfferedTool[],
): Pick<ChatRequest, 'tools' | 'toolChoice'> {
  const { tools, toolChoice } = chosen(choice, offered)
  const isDemanded = toolChoice.kind === 'required' || toolChoice.kind === 'function'
  if (isDemanded && tools.length === 0) throw badField('tool_choice', choice, 'needs "tools" that the model can call')
  return { tools, toolChoice }
}

function chosen(
  choice: ToolChoiceField,
  offered: readonly OfferedTool[],
): { readonly tools: readonly Tool[]; readonly toolChoice: ToolChoice } {
  const tools = offered.map(({ tool }) => tool)
  if (choice === undefined) return { tools, toolChoice: { kind: 'auto' } }
  if (typeof choice === 'string') return { tools, toolChoice: { kind: choice } }
  switch (choice.type) {
    case 'function':
    case 'custom':
      return { tools, toolChoice: { kind: 'function', name: offeredName(choice, 'tool_choice', offered) } }
    case 'allowed_tools': {
      const { mode = 'auto' } = choice
      if (mode !== 'auto' && mode !== 'required') throw badField('tool_choice.mode', mode, 'is not auto or required')
      if (!Array.isArray(choice.tools)) throw badField('tool_choice.tools', choice.tools, 'is not a list of tools')
      const names = new Set(
        choice.tools.flatMap((value, i) => {
          const allowed = objectOf(value, `tool_choice.tools[${i}]`)
          const isOffered = allowed.type === 'function' || allowed.type === 'custom'
          return isOffered ? [offeredName(allowed, `tool_choice.tools[${i}]`, offered)] : []
        }),
      )
      return { tools: tools.filter(({ name }) => names.has(name)), toolChoice: { kind: mode } }
    }
    default:
      throw badField('tool_choice', choice, 'is not a tool that the model is offered')
  }
}

/** The model's name of a tool that the request names. */
function offeredName(choice: JsonObject, path: string, offered: readonly OfferedTool[]): string {
  const name = nameOf(choice, path)
  const found = modelName(name, optionalText(choice.namespace, `${path}.namespace`), offered)
  if (!offered.some(({ tool }) => tool.name === found))
    throw badField(path, name, 'is not the name of one of the "tools"')
  return found
}

/** The model's name of a client's tool; tools that are no longer offered keep their name. */
export function modelName(name: string, namespace: string | undefined, offered: readonly OfferedTool[]): string {
  const same = offered.filter((one) => one.name === name)
  const found = same.find((one) => one.namespace === namespace) ?? same[0]
  return found?.tool.name ?? name
}

function innerTools(field: ToolField, path: string): readonly ToolField[] {
  if (!Array.isArray(field.tools)) throw badField(`${path}.tools`, field.tools, 'is not a list of tools')
  return field.tools.map((inner, k) => {
    const name = `${path}.tools[${k}]`
    const { type, ...rest } = objectOf(inner, name)
    return { ...rest, type: textOf(type, `${name}.type`) }
  })
}

function readFunction(field: ToolField, name: string, path: string): Tool {
  const { parameters, strict } = field
  return {
    name,
    description: optionalText(field.description, `${path}.description`),
    parameters:
      parameters === undefined || parameters === null ? undefined : objectOf(parameters, `${path}.parameters`),
    strict: strict !== false,
  }
}

/** Describes a required form of the text to the model. */
function readCustom(field: ToolField, name: string, path: string): Tool {
  const format = field.format === undefined || field.format === null ? {} : objectOf(field.format, `${path}.format`)
  const lines = [optionalText(field.description, `${path}.description`)]
  if (format.type === 'grammar') {
    const { syntax, definition } = format
    lines.push(`The input follows this ${syntax} grammar:\n${textOf(definition, `${path}.format.definition`)}`)
  }
  const description = lines.filter((line) => line !== undefined).join('\n\n')
  return { name, description, parameters: customParameters, strict: true }
}

function nameOf(field: JsonObject, path: string): string {
  const { name } = field
  if (name === undefined) throw missing(`${path}.name`)
  if (typeof name === 'string' && name !== '' && name.length <= 256) return name
  throw badField(`${path}.name`, name, 'is not a name of at most 256 characters')
}
