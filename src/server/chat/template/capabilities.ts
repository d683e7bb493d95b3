// The capabilities of a chat template, found by rendering it with conversations of known words.
import type { TemplateCall, TemplateMessage } from './template-message.ts'

export type Capabilities = {
  /** Content may be a text. */
  readonly stringContent: boolean
  /** Content may be a list of parts. */
  readonly typedContent: boolean
  readonly systemRole: boolean
  /** A system message, or one of the developer, may follow others. */
  readonly lateSystem: boolean
  /**
   * Two system messages may follow each other, and a developer message may follow a system message.
   */
  readonly severalSystems: boolean
  /** The role `developer` is distinct from the system's. */
  readonly developerRole: boolean
  /** Two user messages may follow each other; the same for the assistant. */
  readonly consecutiveUsers: boolean
  readonly consecutiveAssistants: boolean
  readonly tools: boolean
  readonly toolCalls: boolean
  readonly parallelToolCalls: boolean
  /** Arguments of a call are read as an object, or as JSON text. */
  readonly objectArguments: boolean
  readonly stringArguments: boolean
  /** Ids of calls must be nine letters and digits. */
  readonly shortCallIds: boolean
  /** The name of a message's reasoning. */
  readonly reasoningKey: 'reasoning_content' | 'reasoning' | 'thinking'
  /** A message with calls may have both reasoning and text. */
  readonly reasoningBesideText: boolean
  /** Reasoning of earlier answers stays in the prompt when the template is asked to keep it. */
  readonly preservedReasoning: boolean
  readonly reasoningEffort: boolean
  /**
   * Variables of a request without tools: None, as in transformers, unless the template fails with
   * it.
   */
  readonly noTools: Readonly<Record<string, unknown>>
  /** Tools are read as `functions`, a text. */
  readonly toolsAreFunctions: boolean
}

/** @throws when the template cannot render the variables. */
export type Render = (variables: Readonly<Record<string, unknown>>) => string

// None of these words occurs in a template.
const word = {
  system: 'Cria-system',
  otherSystem: 'Cria-more-system',
  user: 'Cria-asks',
  otherUser: 'Cria-asks-more',
  answer: 'Cria-answers',
  otherAnswer: 'Cria-answers-more',
  thought: 'Cria-thinks',
  tool: 'cria_tool',
  otherTool: 'cria_other_tool',
  key: 'cria_key',
  value: 'cria value',
} as const

const user: TemplateMessage = { role: 'user', content: word.user }
const otherUser: TemplateMessage = { role: 'user', content: word.otherUser }
const answer: TemplateMessage = { role: 'assistant', content: word.answer }
const system: TemplateMessage = { role: 'system', content: word.system }

/** @param source the template itself, which may name a role that it shows only sometimes. */
export function probeCapabilities(render: Render, source: string): Capabilities {
  const noTools = variablesWithoutTools(render)
  const probe = new Probe(render, noTools)
  const { stringContent, typedContent } = contents(probe)
  probe.isTyped = typedContent && !stringContent
  const withSystem = probe.text([system, user])
  const showsContents = probe.shows([user], word.user)
  const systemRole = withSystem !== undefined && (withSystem.includes(word.system) || !showsContents)
  const developer = { role: 'developer', content: word.otherSystem }
  const developerRole = /['"]developer['"]/.test(source) && probe.shows([developer, user], word.otherSystem)
  const more = [{ ...system, content: word.otherSystem }, ...(developerRole ? [developer] : [])]
  return {
    noTools,
    toolsAreFunctions: 'functions' in noTools,
    stringContent,
    typedContent,
    systemRole,
    developerRole,
    lateSystem: systemRole && more.every((other) => takes(probe, [system, user, answer, other, otherUser])),
    severalSystems: systemRole && more.every((other) => takes(probe, [system, other, user])),
    consecutiveUsers: takes(probe, [user, otherUser]),
    consecutiveAssistants: takes(probe, [user, answer, { ...answer, content: word.otherAnswer }, otherUser]),
    ...calls(probe),
    ...reasoning(probe),
  }
}

/**
 * Whether a template accepts messages in this order and shows them all. One that refuses even a
 * simple exchange does so for another reason, which its own message states best.
 */
function takes(probe: Probe, messages: readonly TemplateMessage[]): boolean {
  if (probe.shows(messages, ...messages.map(({ content }) => content as string))) return true
  return !probe.shows([user, answer, otherUser], word.user, word.otherUser)
}

function contents(probe: Probe): Pick<Capabilities, 'stringContent' | 'typedContent'> {
  const typed = probe.text([{ role: 'user', content: [{ type: 'text', text: word.user }] }])
  // A list that is printed as it is also shows the names of its members.
  const typedContent = typed?.includes(word.user) === true && !/['"]text['"]: /.test(typed)
  return { stringContent: probe.shows([user], word.user) || !typedContent, typedContent }
}

const longId = 'call_cria0123456789'
const shortId = 'criaid001'

type CallCapabilities = Pick<
  Capabilities,
  'tools' | 'toolCalls' | 'parallelToolCalls' | 'objectArguments' | 'stringArguments' | 'shortCallIds'
>

function calls(probe: Probe): CallCapabilities {
  const object = { [word.key]: word.value }
  const json = JSON.stringify(object).replace(':', ': ')
  const withCalls = (id: string, args: unknown, ...names: readonly string[]) =>
    probe.text(exchange(names.map((name, i) => call(i === 0 ? id : otherId(id), name, args))), tools)
  const shortCallIds =
    withCalls(longId, object, word.tool) === undefined &&
    withCalls(longId, json, word.tool) === undefined &&
    (withCalls(shortId, object, word.tool) ?? withCalls(shortId, json, word.tool)) !== undefined
  const id = shortCallIds ? shortId : longId
  const asObject = withCalls(id, object, word.tool)
  const asString = withCalls(id, json, word.tool)
  const objectArguments = isReadable(asObject)
  const stringArguments = isReadable(asString)
  const args = objectArguments || !stringArguments ? object : json
  const parallel = withCalls(id, args, word.tool, word.otherTool)
  return {
    tools: probe.text([user], tools)?.includes(word.key) === true,
    toolCalls: [asObject, asString].some((text) => callsIn(text).includes(word.tool)),
    parallelToolCalls: callsIn(parallel).includes(word.otherTool),
    objectArguments,
    stringArguments,
    shortCallIds,
  }
}

/** The text after the user's message, without the tools that may come before it. */
function callsIn(text: string | undefined): string {
  return text === undefined ? '' : text.slice(text.lastIndexOf(word.user))
}

/** Arguments in the text, but not as a Python dict, and not as JSON inside JSON. */
function isReadable(text: string | undefined): boolean {
  const written = callsIn(text)
  if (!written.includes(word.value) || !written.includes(word.key)) return false
  return !written.includes(`'${word.key}': '`) && !written.includes(`\\"${word.key}`)
}

function exchange(toolCalls: readonly TemplateCall[]): readonly TemplateMessage[] {
  const results = toolCalls.map(({ id, function: { name } }) => ({
    role: 'tool',
    content: 'result',
    tool_call_id: id!,
    name,
  }))
  return [user, { role: 'assistant', content: '', tool_calls: toolCalls }, ...results, answer]
}

function call(id: string, name: string, args: unknown): TemplateCall {
  return { id, type: 'function', function: { name, arguments: args } }
}

function otherId(id: string): string {
  return id.slice(0, -1) + String(Number(id.at(-1)) - 1)
}

const tools = [word.tool, word.otherTool].map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'a tool',
    parameters: {
      type: 'object',
      properties: { [word.key]: { type: 'string', description: 'a text' } },
      required: [word.key],
    },
  },
}))

type ReasoningCapabilities = Pick<
  Capabilities,
  'reasoningKey' | 'reasoningBesideText' | 'preservedReasoning' | 'reasoningEffort'
>

function reasoning(probe: Probe): ReasoningCapabilities {
  const keys = ['reasoning_content', 'reasoning', 'thinking'] as const
  const thoughtful = (key: string): TemplateMessage => ({ ...answer, [key]: word.thought })
  const last = (key: string) => probe.text([user, thoughtful(key)], undefined, keeping)?.includes(word.thought)
  const withCall = (key: string, content = '') => {
    const [asked, called, ...results] = exchange([call(shortId, word.tool, {})]).slice(0, -1)
    return probe.text([asked!, { ...called!, content, [key]: word.thought }, ...results], tools, keeping)
  }
  const reasoningKey = keys.find((key) => last(key) || withCall(key)?.includes(word.thought)) ?? 'reasoning_content'
  const history = [
    user,
    thoughtful(reasoningKey),
    otherUser,
    { ...thoughtful(reasoningKey), [reasoningKey]: 'later' },
    user,
  ]
  const effort = (level: string) => probe.text([user], undefined, { ...keeping, reasoning_effort: level })
  return {
    reasoningKey,
    reasoningBesideText: withCall(reasoningKey) === undefined || withCall(reasoningKey, word.answer) !== undefined,
    preservedReasoning: probe.text(history, undefined, keeping)?.includes(word.thought) === true,
    reasoningEffort: effort('low') !== effort('high'),
  }
}

/**
 * The variables that ask a template to reason, and to keep reasoning. Source: caps.cpp of
 * llama.cpp.
 */
const keeping = {
  enable_thinking: true,
  thinking: true,
  preserve_thinking: true,
  clear_thinking: false,
  truncate_history_thinking: false,
  drop_thinking: false,
}

/** The first of these with which a template renders anything. */
function variablesWithoutTools(render: Render): Readonly<Record<string, unknown>> {
  const none = { tools: null, documents: null }
  const choices = [none, {}, { ...none, functions: '' }]
  return choices.find((noTools) => new Probe(render, noTools).text([user]) !== undefined) ?? none
}

class Probe {
  readonly #render: Render
  readonly #noTools: Readonly<Record<string, unknown>>
  /** Contents must be lists of parts. */
  isTyped = false

  constructor(render: Render, noTools: Readonly<Record<string, unknown>>) {
    this.#render = render
    this.#noTools = noTools
  }

  /** Undefined when the template refuses. */
  text(messages: readonly TemplateMessage[], ownTools?: readonly object[], more: object = {}): string | undefined {
    const typed = this.isTyped ? messages.map(withParts) : messages
    const chosen = ownTools === undefined ? this.#noTools : { ...this.#noTools, tools: ownTools }
    try {
      return this.#render({ ...more, ...chosen, messages: typed, add_generation_prompt: true })
    } catch {
      return undefined // the template's own refusal
    }
  }

  shows(messages: readonly TemplateMessage[], ...words: readonly string[]): boolean {
    const text = this.text(messages)
    return text !== undefined && words.every((each) => text.includes(each))
  }
}

function withParts(message: TemplateMessage): TemplateMessage {
  const { content } = message
  return typeof content === 'string' ? { ...message, content: [{ type: 'text', text: content }] } : message
}

/** As /props shows them: llama-server's names, and ours for capabilities that it does not probe. */
export function capabilitiesJson(caps: Capabilities): Readonly<Record<string, boolean>> {
  return {
    supports_string_content: caps.stringContent,
    supports_typed_content: caps.typedContent,
    supports_tools: caps.tools,
    supports_tool_calls: caps.toolCalls,
    supports_parallel_tool_calls: caps.parallelToolCalls,
    supports_system_role: caps.systemRole,
    supports_preserve_reasoning: caps.preservedReasoning,
    supports_reasoning_effort: caps.reasoningEffort,
    supports_object_arguments: caps.objectArguments,
    supports_string_arguments: caps.stringArguments,
    supports_developer_role: caps.developerRole,
    supports_late_system: caps.lateSystem,
    supports_consecutive_roles: caps.consecutiveUsers && caps.consecutiveAssistants,
  }
}
