// Makes messages fit for a template: everything that clients may send, in the shape that this template reads.
import type { Capabilities } from './capabilities.ts'
import {
  asParts,
  asText,
  type Content,
  joinContents,
  type TemplateCall,
  type TemplateMessage,
} from './template-message.ts'

/** A message without nulls, whose content is there. */
type Clean = TemplateMessage & { readonly content: Content }

export function fitMessages(messages: readonly TemplateMessage[], caps: Capabilities): readonly TemplateMessage[] {
  const clean = namedResults(messages.map(cleaned))
  const fit = clean.map((message) => fitContent(fitReasoning(fitCalls(message, caps), caps), caps))
  const roles = fit.map((message) => fitRole(message, caps))
  return mergeTurns(moveSystems(mergeSystems(roles, caps), caps), caps)
}

/** Without what SDKs send for nothing: nulls and empty lists; a content that is not there is empty. */
function cleaned(message: TemplateMessage): Clean {
  const kept = Object.entries(message).filter(([, value]) => {
    return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
  })
  return { content: '', ...Object.fromEntries(kept) } as Clean
}

/** Results of calls have the name of what was called: OpenAI's clients send its id alone. */
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

/** An object where the template reads one; a text of JSON where it reads only that. */
function fitArguments(args: unknown, { objectArguments, stringArguments }: Capabilities): unknown {
  if (!objectArguments && stringArguments) return typeof args === 'string' ? args : spacedJson(args)
  if (typeof args !== 'string') return args
  try {
    const parsed: unknown = JSON.parse(args)
    return typeof parsed === 'object' && parsed !== null ? parsed : args
  } catch {
    return args === '' ? {} : args // what a model wrote wrongly stays as it is
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

/** Nine letters and digits that stand for an id of another shape. FNV-1a, in base 36. */
function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(36).padStart(9, '0').slice(-9)
}

/** System messages that follow each other become one, where a template takes only one. */
function mergeSystems(messages: readonly Clean[], { systemRole, severalSystems }: Capabilities): readonly Clean[] {
  return systemRole && severalSystems ? messages : merge(messages, isInstruction)
}

/** A system message goes into the user's next, where the template has no such role or not in that place. */
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

/** Messages for which `belongs` holds become one where they follow each other, of the first one's role. */
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
