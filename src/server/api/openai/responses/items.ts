// Items of a conversation, as clients send them and as they are kept, and an id for each.
import { randomBytes } from 'node:crypto'
import type { ValueOf } from '../../../../options/schema.ts'
import type { inputSchema } from './fields.ts'
import type { JsonObject } from './values.ts'

/** An item as sent over HTTP. */
export type Item = JsonObject & { readonly id: string; readonly type: string }

const prefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
}

/** 48 hexadecimal digits behind a prefix. */
export function makeId(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('hex')}`
}

export function itemId(type: string): string {
  return makeId(prefixes[type] ?? 'item')
}

/** The input as items that have a type and an id each. */
export function itemsOf(input: ValueOf<typeof inputSchema> | undefined): readonly Item[] {
  if (input === undefined) return []
  const given: readonly JsonObject[] =
    typeof input === 'string' ? [{ role: 'user', content: [{ type: 'input_text', text: input }] }] : input
  return given.map((item) => {
    const type = typeof item.type === 'string' ? item.type : 'message'
    const id = typeof item.id === 'string' && item.id !== '' ? item.id : itemId(type)
    return { ...item, id, type }
  })
}

/**
 * Calls of tools that only OpenAI's servers run, in the history of a client: the model never saw
 * them.
 */
const foreignItem =
  /^(web_search|file_search|image_generation|code_interpreter|computer|local_shell|shell|mcp|tool_search|apply_patch)_(call|call_output|output|list_tools|approval_request|approval_response)$|^(compaction|compaction_trigger|context_compaction|ghost_snapshot)$/

export function isForeign(type: unknown): boolean {
  return typeof type === 'string' && foreignItem.test(type)
}

const thoughtMark = 'cria:'

/**
 * A thought as `encrypted_content`: clients that keep nothing but this send it back. It hides
 * nothing.
 */
export function packThought(text: string): string {
  return Buffer.from(thoughtMark + text).toString('base64')
}

/** @returns undefined for what another server wrote. */
export function unpackThought(packed: string): string | undefined {
  const text = Buffer.from(packed, 'base64').toString()
  return text.startsWith(thoughtMark) ? text.slice(thoughtMark.length) : undefined
}
