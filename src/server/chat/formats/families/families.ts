// Formats that a template does not show, or shows only in part: one entry per family, recognized by
// the text of its templates.
import type { ChatParser } from '../chat-parser.ts'
import type { ParserContext } from '../syntax-parser.ts'
import type { OutputSyntax, ToolSyntax, Wrapper } from '../tool-syntax.ts'
import { functionaryParser } from './functionary.ts'
import { harmonyParser } from './harmony.ts'
import { museParser } from './muse.ts'

export type ChatFamily = {
  readonly name: string
  /** @param template the source of a chat template. */
  readonly matches: (template: string) => boolean
  /** Replacements for the detected parts. */
  readonly syntax?: Partial<OutputSyntax>
  /** The parser of a format that no syntax describes, with its markers. */
  readonly markers?: readonly string[]
  readonly parser?: (context: ParserContext) => ChatParser
}

export function familyOf(template: string): ChatFamily | undefined {
  return families.find((family) => family.matches(template))
}

const none: Wrapper = { start: '', end: '' }

/** `{"name": …, "arguments": {…}}` between two markers. */
function jsonCalls(around: Partial<Pick<ToolSyntax, 'section' | 'call'>>, isArray = false): ToolSyntax {
  const body = { kind: 'json', isArray, nameKey: 'name', argumentsKey: 'arguments', idKey: undefined } as const
  return { section: none, call: none, separator: isArray ? ',' : '\n', ...around, body }
}

/** Hermes: the format of Qwen and many others, and of templates that do not know calls. */
export const hermes = jsonCalls({ call: { start: '<tool_call>\n', end: '\n</tool_call>' } })

const families: readonly ChatFamily[] = [
  {
    name: 'Harmony',
    matches: (template) =>
      template.includes('<|channel|>analysis<|message|>') || template.includes("'<|channel|>final<|message|>'"),
    markers: ['<|start|>', '<|end|>', '<|channel|>', '<|message|>', '<|constrain|>', '<|call|>', '<|return|>'],
    parser: harmonyParser,
  },
  {
    name: 'Muse',
    matches: (template) => template.includes('<atem:function_calls>'),
    markers: ['<|start|>', '<|message|>', '<|eom|>', '<|eot|>'],
    parser: ({ tools }) => museParser(tools),
  },
  {
    name: 'Functionary 3.2',
    matches: (template) => template.includes("'>>>all\\n'"),
    markers: [],
    parser: functionaryParser,
  },
  {
    name: 'Gemma 4',
    matches: (template) => template.includes('<|tool_call>call:'),
    syntax: {
      reasoning: { start: '<|channel>thought', end: '<channel|>' },
      frame: ['<|tool_response>'],
      tools: {
        section: none,
        call: { start: '<|tool_call>', end: '<tool_call|>' },
        separator: '',
        body: { kind: 'gemma' },
      },
    },
  },
  {
    name: 'LFM2',
    matches: (template) => template.includes('<|tool_call_start|>') || template.includes('List of tools: '),
    syntax: {
      tools: {
        section: { start: '<|tool_call_start|>', end: '<|tool_call_end|>' },
        call: none,
        separator: ',',
        body: { kind: 'python' },
      },
    },
  },
  {
    name: 'MiniMax M3',
    matches: (template) => template.includes(']<]minimax[>['),
    syntax: {
      tools: {
        section: { start: ']<]minimax[>[<tool_call>', end: ']<]minimax[>[</tool_call>' },
        call: { start: ']<]minimax[>[<invoke name="', end: ']<]minimax[>[</invoke>' },
        separator: '\n',
        body: { kind: 'elements', nameEnd: '">', prefix: ']<]minimax[>[' },
      },
    },
  },
  {
    name: 'Kimi K3',
    matches: (template) => template.includes('<|open|>') && template.includes('<|close|>'),
    syntax: {
      reasoning: { start: '<|open|>think<|sep|>', end: '<|close|>think<|sep|>' },
      frame: ['<|open|>response<|sep|>', '<|close|>response<|sep|>', '<|close|>message<|sep|>'],
      tools: {
        section: { start: '<|open|>tools<|sep|>', end: '<|close|>tools<|sep|>' },
        call: { start: '<|open|>call tool="', end: '<|close|>call<|sep|>' },
        separator: '',
        body: {
          kind: 'tagged',
          nameEnd: '"',
          attributesEnd: '<|sep|>',
          keyStart: '<|open|>argument key="',
          keyEnd: ['string', 'number', 'boolean', 'null', 'object', 'array'].map((type) => ({
            marker: `" type="${type}"<|sep|>`,
            isText: type === 'string',
          })),
          valueEnd: '<|close|>argument<|sep|>',
          pad: '',
        },
      },
    },
  },
  {
    name: 'Kimi K2',
    matches: (template) => template.includes('<|tool_calls_section_begin|>'),
    syntax: {
      reasoning: { start: '<think>', end: '</think>' },
      frame: [],
      tools: {
        section: { start: '<|tool_calls_section_begin|>', end: '<|tool_calls_section_end|>' },
        call: { start: '<|tool_call_begin|>', end: '<|tool_call_end|>' },
        separator: '',
        body: {
          kind: 'named',
          idBefore: undefined,
          idAfter: undefined,
          nameEnd: '<|tool_call_argument_begin|>',
          isNameInId: true,
        },
      },
    },
  },
  {
    name: 'Mistral with thoughts',
    matches: (template) => template.includes('[THINK]') && template.includes('[TOOL_CALLS]'),
    syntax: { reasoning: { start: '[THINK]', end: '[/THINK]' } },
  },
  {
    name: 'Firefunction 2',
    matches: (template) => template.includes('functools['),
    syntax: { tools: jsonCalls({ section: { start: 'functools', end: '' } }, true) },
  },
  {
    name: 'Granite 3',
    matches: (template) => template.includes('<|start_of_role|>') && template.includes('<|tool_call|>'),
    syntax: {
      reasoning: { start: '<think>', end: '</think>' },
      frame: ['<response>', '</response>'],
      tools: jsonCalls({ section: { start: '<|tool_call|>', end: '' } }, true),
    },
  },
  {
    name: 'Apriel 1.6',
    matches: (template) => template.includes('[BEGIN FINAL RESPONSE]'),
    syntax: { reasoning: { start: 'Here are my reasoning steps:', end: '[BEGIN FINAL RESPONSE]' } },
  },
  {
    name: 'Phi 4',
    matches: (template) => template.includes('<|tool_call|>') && template.includes('<|/tool_call|>'),
    syntax: { tools: jsonCalls({ section: { start: '<|tool_call|>', end: '<|/tool_call|>' } }, true) },
  },
]
