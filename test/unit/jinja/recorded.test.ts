// Ours against what Jinja2 made, as scripts/record-jinja.py recorded it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { TemplateError, TemplateLimitError } from '../../../src/jinja/errors.ts'
import { Template } from '../../../src/jinja/template.ts'

type Result = { readonly output: string } | { readonly error: string; readonly message: string }
type Variables = Readonly<Record<string, unknown>>

const read = (name: string) => readFileSync(new URL(name, import.meta.url))
const parse = (data: Buffer) => JSON.parse(data.toString('utf8'))
const now = () => new Date(2026, 2, 7, 14, 5, 9)
/** Errors whose words are the template's or name its variables: those are the same too. */
const sameWords = new Set(['TemplateError', 'UndefinedError', 'SecurityError'])

function render(source: string | Template, variables: Variables): Result {
  try {
    const template = typeof source === 'string' ? new Template(source) : source
    return { output: template.render(variables, { now }) }
  } catch (error) {
    assert.ok(error instanceof Error)
    if (error instanceof TemplateLimitError) return { error: 'RecursionError', message: '' }
    return { error: error instanceof TemplateError ? error.kind : error.name, message: error.message }
  }
}

/** What is compared: all of an output, the kind of an error. */
function comparable(result: Result): unknown {
  if ('output' in result) return result
  return sameWords.has(result.error) ? result : { error: result.error }
}

test('snippets print what Jinja2 prints, or fail as it fails', () => {
  const { context } = parse(read('snippets.json')) as { context: Variables }
  const rows = parse(read('recorded/snippets.json')) as ({ source: string } & Result)[]
  assert.ok(rows.length > 400)
  for (const { source, ...result } of rows) {
    assert.deepEqual(comparable(render(source, context)), comparable(result), source)
  }
})

describe("llama.cpp's templates make of each conversation what Jinja2 makes", () => {
  const { common, cases } = parse(read('conversations.json')) as { common: Variables; cases: Record<string, Variables> }
  const { templates, results } = parse(gunzipSync(read('recorded/templates.json.gz'))) as {
    templates: Record<string, string>
    results: Record<string, Record<string, Result>>
  }
  assert.equal(Object.keys(templates).length, 70)
  for (const [name, source] of Object.entries(templates)) {
    test(name, () => {
      const template = new Template(source)
      for (const [title, variables] of Object.entries(cases)) {
        const wanted = results[name]![title]!
        assert.deepEqual(comparable(render(template, { ...common, ...variables })), comparable(wanted), title)
      }
    })
  }
})
