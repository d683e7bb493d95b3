// The chat template that the operator chose by flags, instead of the model's own. Knows no model.
import { readFileSync } from 'node:fs'
import { messageOf, StartError, show } from '../../../base/errors.ts'
import { Template } from '../../../jinja/template.ts'
import type { Options } from '../../../options/table.ts'
import { builtInTemplates } from './built-in.ts'

export type ChosenTemplate = {
  readonly source: string
  /** Variables for the template besides the messages. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Strings that end an answer. */
  readonly stop: readonly string[]
}

/**
 * @returns undefined when no flag sets one. @throws StartError for an unreadable template, or for
 *   two.
 */
export function chosenTemplate(options: Options): ChosenTemplate | undefined {
  const { chatTemplate, chatTemplateFile } = options
  const given = [
    chatTemplate === undefined ? undefined : () => templateOf(chatTemplate, '--chat-template'),
    chatTemplateFile === undefined ? undefined : () => templateOf(readTemplate(chatTemplateFile), chatTemplateFile),
    hasNames(options) ? () => namedTurns(options) : undefined,
  ].filter((make) => make !== undefined)
  if (given.length > 1) {
    throw new StartError('--chat-template, --chat-template-file and --chat-prompt with its names cannot be combined')
  }
  return given[0]?.()
}

/** @param from the name of its source in an error. */
function templateOf(source: string, from: string): ChosenTemplate {
  const builtIn = builtInTemplates.get(source.trim())
  if (builtIn !== undefined) return { ...builtIn, variables: {} }
  if (!/\{[{%]/.test(source)) {
    const names = [...builtInTemplates.keys()].join(', ')
    throw new StartError(`${from}: ${show(source)} is neither a Jinja template nor one of the names ${names}`)
  }
  try {
    new Template(source)
  } catch (error) {
    throw new StartError(`${from}: the Jinja template cannot be parsed: ${messageOf(error)}`)
  }
  return { source, variables: {}, stop: [] }
}

function readTemplate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new StartError(`--chat-template-file ${path} cannot be read: ${messageOf(error)}`)
  }
}

function hasNames({ chatPrompt, userName, aiName, systemName, chatStop }: Options): boolean {
  return [chatPrompt, userName, aiName, systemName, chatStop].some((text) => text !== undefined)
}

/**
 * A transcript with a name before each turn. Source: convert_chat() of llama.cpp's api_like_OAI.py.
 */
function namedTurns({ chatPrompt, userName, aiName, systemName, chatStop }: Options): ChosenTemplate {
  const aiPrefix = newlines(aiName ?? '\\nASSISTANT: ')
  const variables = {
    chat_prompt: newlines(chatPrompt ?? ''),
    user_name: newlines(userName ?? '\\nUSER: '),
    ai_name: aiPrefix,
    ai_opening: aiPrefix.trimEnd(),
    system_name: newlines(systemName ?? "\\nASSISTANT's RULE: "),
    stop: newlines(chatStop ?? ''),
  }
  return { source: transcript, variables, stop: variables.stop === '' ? [] : [variables.stop] }
}

/** Shells pass \n on as typed. */
function newlines(text: string): string {
  return text.replaceAll('\\n', '\n')
}

const transcript = `{{- chat_prompt -}}
{%- for message in messages -%}
  {%- if message['role'] in ['system', 'developer'] -%}{{- system_name + message['content'] -}}
  {%- elif message['role'] == 'user' -%}{{- user_name + message['content'] -}}
  {%- elif message['role'] == 'assistant' -%}{{- ai_name + message['content'] + (stop or eos_token) -}}
  {%- else -%}{{- raise_exception('there is no name for the role ' + message['role']) -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- ai_opening -}}{%- endif -%}`
