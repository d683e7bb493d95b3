/**
 * Writes the pages that are made from the code: docs/options.md, docs/fields.md, docs/metrics.md,
 * docs/compat.md, docs/llama-server-flags.md and THIRD-PARTY-NOTICES.md. Usage: tsx
 * scripts/make-docs.ts [--check]. With --check it writes nothing, and ends with 1 after naming the
 * stale files.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Field, FieldTable } from '../src/options/field.ts'
import { generationFields, samplingFields } from '../src/options/generation-fields.ts'
import { optionsMarkdown } from '../src/options/help.ts'
import { completionBody, completionFields } from '../src/server/api/native/completion.ts'
import { embeddingBody, embeddingFields } from '../src/server/api/native/embedding.ts'
import { rerankBody, rerankFields } from '../src/server/api/native/rerank.ts'
import { chatFields } from '../src/server/api/openai/chat/fields.ts'
import { chatBody } from '../src/server/api/openai/chat/read.ts'
import { embeddingsBody, embeddingsFields } from '../src/server/api/openai/embeddings/embeddings.ts'
import { Metrics } from '../src/server/metrics/metrics.ts'
import { compatMarkdown } from './make-compat.ts'
import { noticesMarkdown } from './make-notices.ts'
import { peerFlagsMarkdown } from './make-peer-flags.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/options.md': optionsMarkdown,
  'docs/fields.md': fieldsMarkdown,
  'docs/metrics.md': metricsMarkdown,
  'docs/compat.md': compatMarkdown,
  'docs/llama-server-flags.md': peerFlagsMarkdown,
  'THIRD-PARTY-NOTICES.md': noticesMarkdown,
}

const isCheck = process.argv.includes('--check')
const texts = await Promise.all(Object.entries(pages).map(async ([path, make]) => [path, await make()] as const))
const stale = texts.filter(([path, text]) => !isFresh(path, text))
for (const [path, text] of stale) {
  if (isCheck) console.error(`${path} is not what the code says; run: npm run docs`)
  else write(path, text)
}
if (!isCheck)
  console.log(stale.length === 0 ? 'all pages are fresh' : `wrote ${stale.map(([path]) => path).join(', ')}`)
process.exitCode = isCheck && stale.length > 0 ? 1 : 0

function isFresh(path: string, text: string): boolean {
  return existsSync(root + path) && readFileSync(root + path, 'utf8').replaceAll('\r\n', '\n') === text
}

function write(path: string, text: string): void {
  mkdirSync(dirname(root + path), { recursive: true })
  writeFileSync(root + path, text)
}

async function metricsMarkdown(): Promise<string> {
  const zero = () => 0
  const { registry } = new Metrics({ nBusy: zero, nWaiting: zero, nCells: zero, nCellsMax: zero })
  const all = await registry.getMetricsAsJSON()
  const rows = (prefix: string) =>
    all
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, help, type }) => `| \`${name}\` | ${type} | ${help}. |`)
  const table = (prefix: string) => ['| name | | |', '|---|---|---|', ...rows(prefix)]
  return `${[
    '# Metrics',
    '',
    'Generated from `src/server/metrics/` by `npm run docs`. `--metrics` turns `GET /metrics` on; it needs the API key where one is',
    'asked for, and answers while the model loads. Nothing is reset by being read: averages are over the life of the server, and',
    'what happened in the last minute is `rate(…[1m])` of a counter. Sizes are in tokens, times in seconds.',
    '',
    '## The names of llama-server',
    '',
    ...table('llamacpp:'),
    '',
    'In llama-server the two averages a second begin anew at each reading, and seconds of generated tokens are those of all slots,',
    'added up; here they are those of the engine.',
    '',
    '## Ours',
    '',
    ...table('cria_'),
    '',
    '## The process',
    '',
    "prom-client's default metrics: `process_*` (CPU, memory, file handles, start) and `nodejs_*` (event loop lag, heap, garbage",
    'collection). They are those of the process that speaks HTTP; the engine is another.',
  ].join('\n')}\n`
}

function fieldsMarkdown(): string {
  const shared: FieldTable = generationFields
  const chat: FieldTable = chatFields
  const sampling = Object.keys(samplingFields)
  const limits = pick(completionFields, (key) => !sampling.includes(key))
  const isShared = (key: string) => chat[key] !== undefined && chat[key] === shared[key]
  const missing = Object.entries<Field>(completionFields).filter(([key]) => chat[key] === undefined)
  const names = missing.map(([, field]) => `\`${field.names[0]}\``).join(', ')
  return `${[
    '# Request fields',
    '',
    'Generated from the field tables by `npm run docs`: `src/options/generation-fields.ts`,',
    '`src/server/api/native/completion.ts`, `src/server/api/openai/chat/fields.ts`, and those of the other routes.',
    '',
    'A field that is absent or `null` takes its default. A value of the wrong type or outside its range is refused with 400.',
    'A field that is not listed here is passed over, and named in the header `X-Cria-Ignored`; a typo of one that is listed is',
    'refused, and with `--strict-fields` every other as well. A field marked "not there yet" is refused with 400, unless its value asks for',
    'nothing (`[]`, `{}`, `""`, `false`, `0`). Names in one row are spellings of one field.',
    '',
    '## POST /completion',
    '',
    'Also at `/completions`.',
    '',
    '### Prompt, limits and answer',
    '',
    ...tableOf(limits, completionBody.schema),
    '',
    '### Sampling',
    '',
    ...tableOf(samplingFields, completionBody.schema),
    '',
    '## POST /v1/chat/completions',
    '',
    `Also at \`/chat/completions\`. It takes every field above but ${names}, and these; where a row is in both, this one counts.`,
    '',
    ...tableOf(
      pick(chatFields, (key) => !isShared(key)),
      chatBody.schema,
    ),
    '',
    '## POST /embedding',
    '',
    'Also at `/embeddings`, with another answer.',
    '',
    ...tableOf(embeddingFields, embeddingBody.schema),
    '',
    '## POST /v1/embeddings',
    '',
    ...tableOf(embeddingsFields, embeddingsBody.schema),
    '',
    '## POST /rerank',
    '',
    'Also at `/reranking`, `/v1/rerank` and `/v1/reranking`. One of `documents` and `texts` is given.',
    '',
    ...tableOf(rerankFields, rerankBody.schema),
  ].join('\n')}\n`
}

function pick(table: FieldTable, wanted: (key: string) => boolean): FieldTable {
  return Object.fromEntries(Object.entries(table).filter(([key]) => wanted(key)))
}

/** @param body the JSON Schema of the whole body, for its required fields. */
function tableOf(table: FieldTable, body: object): string[] {
  const { required = [] } = body as { required?: readonly string[] }
  const rows = Object.values<Field>(table).map((field) => {
    const names = field.names.map((name) => `\`${name}\``).join(', ')
    const isRequired = field.names.some((name) => required.includes(name))
    const cells = [
      names,
      typeOf(field.schema as JsonSchema),
      isRequired ? 'required' : defaultOf(field),
      field.help + supportOf(field),
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| field | value | default | |', '|---|---|---|---|', ...rows]
}

function defaultOf(field: Field): string {
  if (field.support !== undefined) return ''
  return field.default === undefined ? 'none' : `\`${JSON.stringify(field.default)}\``
}

function supportOf({ support }: Field): string {
  if (support === undefined) return ''
  return support === 'later' ? ' **Refused: not there yet.**' : ' **Accepted, no effect.**'
}

type JsonSchema = {
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minItems?: number
  readonly enum?: readonly unknown[]
  readonly items?: JsonSchema
}

/** A schema in words: its own description, if it has one, else its type and range. */
function typeOf(schema: JsonSchema): string {
  if (schema.description !== undefined) return schema.description.replace(/^is not /, '').replace(', nor ', ' or ')
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  const type = [schema.type ?? 'anything'].flat().filter((name) => name !== 'null')
  return `${type.join(' or ')}${rangeOf(schema)}${itemsOf(schema)}`
}

function rangeOf({ minimum, maximum, exclusiveMinimum, minItems }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` in [${minimum}, ${maximum}]`
  if (minimum !== undefined) return `, ${minimum} or more`
  if (maximum !== undefined) return `, ${maximum} or less`
  if (exclusiveMinimum !== undefined) return ` greater than ${exclusiveMinimum}`
  return minItems === undefined ? '' : `, ${minItems} item or more`
}

function itemsOf({ items }: JsonSchema): string {
  return items === undefined ? '' : ` of ${typeOf(items)}`
}
