// Adapts messages to a template: everything that clients may send, in the shape that this template
// reads.
import type { Capabilities } from './capabilities.ts'
import {
  asParts,
  asText,
  type Content,
  joinContents,
  type TemplateCall,
  type TemplateMessage,
} from './template-message.ts'

/** A message without nulls, with content. */
type Clean = TemplateMessage & { readonly content: Content }

export function fitMessages(messages: readonly TemplateMessage[], caps: Capabilities): readonly TemplateMessage[] {
  const clean = namedResults(messages.map(cleaned))
  const fit = clean.map((message) => fitContent(fitReasoning(fitCalls(message, caps), caps), caps))
  const roles = fit.map((message) => fitRole(message, caps))
  return mergeTurns(moveSystems(mergeSystems(roles, caps), caps), caps)
}

/**
 * Removes nulls and empty lists, which SDKs send without meaning; missing content becomes empty.
 */
function cleaned(message: TemplateMessage): Clean {
  const kept = Object.entries(message).filter(([, value]) => {
    return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
  })
  return { content: '', ...Object.fromEntries(kept) } as Clean
}

/** Adds the name of the called function to results: OpenAI's clients send only the id. */
function namedResults(messages: readonly Clean[]): readonly Clean[] {
  const names = new Map<unknown, string>()
  return messages.map((message) => {
    for (const { id, function: called } of message.tool_calls ?? []) names.set(id, called.name)
    const name = names.get(message.tool_call_id)
    return message.tool_call_id === undefined || name === undefined ? message : { name, ...message }
  })
}

function fitRole(message: Clean, { developerRole }: Capabilities): Clean {
  return message.role === 'developer' && !developerRole ? { ...message, role: 'system' } : message
}

function fitReasoning(message: Clean, { reasoningKey, reasoningBesideText }: Capabilities): Clean {
  const { reasoning_content: thought, ...rest } = message
  if (!reasoningBesideText && message.tool_calls && message.content.length > 0) return rest as Clean
  return reasoningKey === 'reasoning_content' || thought === undefined ? message : { ...rest, [reasoningKey]: thought }
}

function fitContent(message: Clean, { stringContent, typedContent }: Capabilities): Clean {
  if (stringContent && typedContent) return message
  return { ...message, content: typedContent ? asParts(message.content) : asText(message.content) }
}

function fitCalls(message: Clean, caps: Capabilities): Clean {
  const { tool_calls: calls, tool_call_id: answered } = message
  const fitted = calls ? { ...message, tool_calls: calls.map((call) => fitCall(call, caps)) } : message
  return caps.shortCallIds && typeof answered === 'string' ? { ...fitted, tool_call_id: shortId(answered) } : fitted
}

function fitCall(call: TemplateCall, caps: Capabilities): TemplateCall {
  const { arguments: args = {}, ...rest } = call.function
  const id = caps.shortCallIds && typeof call.id === 'string' ? { id: shortId(call.id) } : {}
  return { type: 'function', ...call, ...id, function: { ...rest, arguments: fitArguments(args, caps) } }
}

/** An object if the template reads one; JSON text if it reads only that. */
function fitArguments(args: unknown, { objectArguments, stringArguments }: Capabilities): unknown {
  if (!objectArguments && stringArguments) return typeof args === 'string' ? args : spacedJson(args)
  if (typeof args !== 'string') return args
  try {
    const parsed: unknown = JSON.parse(args)
    return typeof parsed === 'object' && parsed !== null ? parsed : args
  } catch {
    return args === '' ? {} : args // malformed model output stays as it is
  }
}

/** JSON with blanks after commas and colons, as models see it in templates. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${spacedJson(member)}`)
    .join(', ')}}`
}

/** Nine letters and digits that replace an id of another shape. FNV-1a, in base 36. */
function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(36).padStart(9, '0').slice(-9)
}

/** Merges consecutive system messages if a template takes only one. */
function mergeSystems(messages: readonly Clean[], { systemRole, severalSystems }: Capabilities): readonly Clean[] {
  return systemRole && severalSystems ? messages : merge(messages, isInstruction)
}

/**
 * Moves a system message into the next user message if the template has no such role, or not in
 * that place.
 */
function moveSystems(messages: readonly Clean[], { systemRole, lateSystem }: Capabilities): readonly Clean[] {
  if (systemRole && lateSystem) return messages
  const moved: Clean[] = []
  let waiting: Clean | undefined
  let isStart = true
  for (const message of messages) {
    isStart &&= isInstruction(message)
    if (isInstruction(message) && !(systemRole && isStart)) {
      waiting = waiting === undefined ? message : joined(waiting, message, '\n')
    } else if (waiting !== undefined && message.role === 'user') {
      moved.push({ ...message, content: joinContents(waiting.content, message.content, '\n') })
      waiting = undefined
    } else {
      moved.push(message)
    }
  }
  return waiting === undefined ? moved : [...moved, { ...waiting, role: 'user' }]
}

function mergeTurns(messages: readonly Clean[], caps: Capabilities): readonly Clean[] {
  const users = caps.consecutiveUsers ? messages : merge(messages, ({ role }) => role === 'user')
  return caps.consecutiveAssistants ? users : merge(users, ({ role }) => role === 'assistant')
}

/** Whether a message is the system's or the developer's. */
function isInstruction({ role }: Clean): boolean {
  return role === 'system' || role === 'developer'
}

/** Merges consecutive messages for which `belongs` holds into one, with the role of the first. */
function merge(messages: readonly Clean[], belongs: (message: Clean) => boolean): readonly Clean[] {
  const merged: Clean[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (last !== undefined && belongs(last) && belongs(message))
      merged[merged.length - 1] = joined(last, message, '\n\n')
    else merged.push(message)
  }
  return merged
}

function joined(left: Clean, right: Clean, separator: string): Clean {
  const calls = [...(left.tool_calls ?? []), ...(right.tool_calls ?? [])]
  return {
    ...right,
    ...left,
    content: joinContents(left.content, right.content, separator),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}
