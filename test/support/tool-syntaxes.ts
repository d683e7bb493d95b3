// One syntax of each kind in which models write tool calls, for tests of readers, writers and
// grammars.
import type { CallBody, ToolSyntax } from '../../src/server/chat/formats/tool-syntax.ts'

const none = { start: '', end: '' }
const json = { kind: 'json', isArray: false, nameKey: 'name', argumentsKey: 'arguments', idKey: undefined } as const
const named = { kind: 'named', idBefore: undefined, idAfter: undefined, isNameInId: false } as const

export const syntaxes: Readonly<Record<string, ToolSyntax>> = {
  'JSON between tags': {
    section: none,
    call: { start: '<tool_call>\n', end: '\n</tool_call>' },
    separator: '\n',
    body: json,
  },
  'an array behind a marker': {
    section: { start: '[TOOL_CALLS]', end: '' },
    call: none,
    separator: ',',
    body: { ...json, isArray: true, idKey: { key: 'id', isFirst: false } },
  },
  'the name as key': {
    section: { start: '<|tools_prefix|>', end: '<|tools_suffix|>' },
    call: none,
    separator: ',',
    body: { ...json, isArray: true, nameKey: undefined, argumentsKey: '' },
  },
  'a name, then JSON': {
    section: none,
    call: { start: '<function=', end: '</function>' },
    separator: '',
    body: { ...named, nameEnd: '>' },
  },
  'a name and an id': {
    section: none,
    call: { start: '[TOOL_CALLS]', end: '' },
    separator: '',
    body: { ...named, idAfter: { start: '[CALL_ID]' }, nameEnd: '[ARGS]' },
  },
  'an id, then a name': {
    section: { start: '<|tool_calls|>', end: '<|calls|>' },
    call: { start: '<|tool_call:begin|>', end: '<|tool_call:end|>' },
    separator: '',
    body: { ...named, idBefore: { end: '<|tool_call:name|>' }, nameEnd: '<|tool_call:args|>' },
  },
  'a fence within a section': {
    section: { start: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' },
    call: { start: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>', end: '\n```<｜tool▁call▁end｜>' },
    separator: '\n',
    body: { ...named, nameEnd: '\n```json\n' },
  },
  'arguments in tags, on lines of their own': {
    section: none,
    call: { start: '<tool_call>\n<function=', end: '\n</function>\n</tool_call>' },
    separator: '\n',
    body: tagged({
      nameEnd: '>\n',
      keyStart: '<parameter=',
      keyEnd: [{ marker: '>\n', isText: undefined }],
      valueEnd: '\n</parameter>',
      pad: '\n',
    }),
  },
  'keys and values in tags': {
    section: none,
    call: { start: '<tool_call>', end: '</tool_call>' },
    separator: '',
    body: tagged({
      nameEnd: '',
      keyStart: '<arg_key>',
      keyEnd: [{ marker: '</arg_key><arg_value>', isText: undefined }],
      valueEnd: '</arg_value>',
      pad: '',
    }),
  },
  'attributes that name the type': {
    section: { start: '<｜DSML｜calls>', end: '\n</｜DSML｜calls>' },
    call: { start: '\n<｜DSML｜invoke name="', end: '\n</｜DSML｜invoke>' },
    separator: '',
    body: tagged({
      nameEnd: '">\n',
      keyStart: '<｜DSML｜parameter name="',
      keyEnd: [
        { marker: '" string="true">', isText: true },
        { marker: '" string="false">', isText: false },
      ],
      valueEnd: '</｜DSML｜parameter>',
      pad: '',
    }),
  },
  'elements that nest': {
    section: { start: ']<]mm[>[<tool_call>', end: ']<]mm[>[</tool_call>' },
    call: { start: ']<]mm[>[<invoke name="', end: ']<]mm[>[</invoke>' },
    separator: '\n',
    body: { kind: 'elements', nameEnd: '">', prefix: ']<]mm[>[' },
  },
  Python: {
    section: { start: '<|tool_call_start|>', end: '<|tool_call_end|>' },
    call: none,
    separator: ',',
    body: { kind: 'python' },
  },
  Gemma: {
    section: none,
    call: { start: '<|tool_call>', end: '<tool_call|>' },
    separator: '',
    body: { kind: 'gemma' },
  },
}

function tagged(body: Omit<Extract<CallBody, { kind: 'tagged' }>, 'kind' | 'attributesEnd'>): CallBody {
  return { kind: 'tagged', attributesEnd: '', ...body }
}
