// docs/compat.md is whole: no flag, route, field or example without a row, and no row without a test that is there.
// That no answer field is missing is checked against real answers: test/contract/api/answer-fields.test.ts.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { table } from '../../../src/options/table.ts'
import { routes } from '../../../src/server/routes.ts'
import { type Shape, shapes } from '../../compat/answers.ts'
import { exampleFiles, otherExamples, readmeExamples } from '../../compat/examples.ts'
import { fieldRows, wrongValues } from '../../compat/fields.ts'
import { flagRows } from '../../compat/flags.ts'
import { peerResults } from '../../compat/peer-suite.ts'
import { fileRows, routeRows } from '../../compat/routes.ts'
import type { Proof, Row } from '../../compat/row.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const sorted = (names: Iterable<string>) => [...names].sort()

const tables: readonly Readonly<Record<string, Row>>[] = [
  ...[flagRows, routeRows, fileRows, readmeExamples, exampleFiles, otherExamples],
  ...fieldRows.map(({ rows }) => rows),
  ...Object.values<Shape>(shapes).map(({ rows }) => rows),
]

/** Whether a file has a test with that name, as its source writes it. */
function isThere({ file, name }: Proof): boolean {
  if (!existsSync(join(root, file))) return false
  const quoted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '\\$\\{[^`]*?\\}')
  return new RegExp(`\\b(?:test|it)\\(\\s*(['"\`])${quoted}\\1`).test(read(file))
}

test('every flag, every route and every request field has a row, and every row one of these', () => {
  assert.deepEqual(sorted(Object.keys(flagRows)), sorted(Object.keys(table)))
  const paths = routes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(sorted(Object.keys(routeRows)), sorted(paths))
  for (const { title, table: fields, rows } of fieldRows) {
    assert.deepEqual(sorted(Object.keys(rows)), sorted(Object.keys(fields)), title)
  }
})

test('every route with fields has a list of them', () => {
  const listed = fieldRows.map(({ title }) => title.replace(/^POST /, ''))
  const sameAs: Readonly<Record<string, string>> = {
    '/completions': '/v1/completions',
    '/chat/completions': '/v1/chat/completions',
    '/embeddings': '/embedding',
    '/reranking': '/rerank',
    '/v1/rerank': '/rerank',
    '/v1/reranking': '/rerank',
    '/v1/messages/count_tokens': '/v1/messages',
    '/chat/completions/input_tokens': '/v1/chat/completions',
    '/v1/chat/completions/input_tokens': '/v1/chat/completions',
    '/responses': '/v1/responses',
    '/responses/input_tokens': '/v1/responses/input_tokens',
  }
  const withoutFields = ['/lora-adapters'] // a list
  const taking = routes.filter(({ body }) => body !== undefined)
  for (const { path } of taking) {
    assert.ok(withoutFields.includes(path) || listed.includes(sameAs[path] ?? path), path)
  }
})

test('every documented example, every file of examples/ and every module for pages has a row', () => {
  const markers = [...read('docs/examples.md').matchAll(/^<!-- example: (.+) -->$/gm)].map((match) => match[1]!)
  assert.deepEqual(sorted(Object.keys(readmeExamples)), sorted(markers))
  const entries = readdirSync(join(root, 'examples'), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`.replaceAll('\\', '/'))
  assert.deepEqual(sorted(Object.keys(exampleFiles)), sorted(files))
  const served = read('scripts/build-web.mjs').matchAll(/source: 'web\/lib\/([^']+)'/g)
  const modules = [...served].map((match) => match[1]!)
  for (const name of modules) {
    assert.ok(
      Object.keys(fileRows).some((path) => path.startsWith(`/${name.slice(0, -3)}.`)),
      name,
    )
  }
})

test('every test that a row names is there', () => {
  const proofs = [wrongValues, ...tables.flatMap((rows) => Object.values(rows).flatMap((row) => row.proofs))]
  const missing = proofs.filter((proof) => !isThere(proof)).map(({ file, name }) => `${file}: ${name}`)
  assert.deepEqual(sorted(new Set(missing)), [])
  for (const rows of tables) for (const [name, row] of Object.entries(rows)) assert.ok(row.proofs.length > 0, name)
  assert.equal(isThere({ file: wrongValues.file, name: 'a name that no test has' }), false)
})

test("each of llama.cpp's own tests that fails has a reason", () => {
  const reasons = Object.keys(JSON.parse(read('test/peer-suite/reasons.json')))
  const { results } = peerResults(read('test/peer-suite/results.tsv'))
  const failed = results.filter(({ isPassed }) => !isPassed).map(({ name }) => name)
  const isExplained = (name: string) => reasons.some((start) => name.startsWith(start))
  assert.deepEqual(
    failed.filter((name) => !isExplained(name)),
    [],
  )
  const isUsed = (start: string) => failed.some((name) => name.startsWith(start))
  assert.deepEqual(
    reasons.filter((start) => !isUsed(start)),
    [],
    'reasons of tests that pass',
  )
})
