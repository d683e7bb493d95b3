// The way in which the model of a chat template writes its answers: detected from the template,
// completed by knowledge of its family.
import type { ChatParser } from './chat-parser.ts'
import { detectSyntax } from './detect.ts'
import { familyOf, hermes } from './families/families.ts'
import { type ParserContext, syntaxParser } from './syntax-parser.ts'
import { probe, type RenderTemplate, TemplateProbe } from './template-probe.ts'
import type { OutputSyntax, ToolSyntax } from './tool-syntax.ts'
import { type WrittenCall, writeCalls } from './write-calls.ts'

export class ChatFormat {
  /** For logs: a family's name, or the syntax of its calls. */
  readonly name: string
  readonly syntax: OutputSyntax
  /**
   * Whether the template puts the tools of a request into the prompt; otherwise the system message
   * lists them.
   */
  readonly showsTools: boolean
  /**
   * Whether the template puts the calls of earlier answers into the prompt; otherwise they are
   * written as text.
   */
  readonly showsCalls: boolean
  /** Every text that marks a part of an answer. */
  readonly markers: readonly string[]
  /** Whether the plain text of an answer stands between markers of the format. */
  readonly splitsText: boolean
  readonly #makeParser: (context: ParserContext) => ChatParser

  /**
   * @param template the source of the chat template.
   * @param render renders with it; called some twenty times, once for each template.
   */
  constructor(template: string, render: RenderTemplate) {
    const detected = detectSyntax(render)
    const family = familyOf(template)
    const seen = new TemplateProbe(render)
    const tools = family?.syntax?.tools ?? detected.tools
    this.syntax = { ...detected, ...family?.syntax, tools: tools ?? hermes }
    this.showsTools = seen.showsTools
    this.showsCalls = seen.answer({ nCalls: 1 })?.includes(probe.tool) === true
    this.#makeParser = family?.parser ?? ((context) => syntaxParser(this.syntax, context))
    this.splitsText = family?.parser !== undefined || this.syntax.frame.length > 0
    this.markers = [...new Set([...textsOf(this.syntax), ...(family?.markers ?? [])])]
    this.name =
      family?.name ?? (tools === undefined ? 'Hermes, for a template without calls' : `detected: ${tools.body.kind}`)
  }

  get tools(): ToolSyntax {
    return this.syntax.tools!
  }

  /** The parser of one answer. */
  parser(context: ParserContext): ChatParser {
    return this.#makeParser(context)
  }

  /** The text of calls, for a history whose template omits them. */
  writeCalls(calls: readonly WrittenCall[]): string {
    return writeCalls(this.tools, calls)
  }
}

/** All texts in a syntax, at any depth. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim()]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
