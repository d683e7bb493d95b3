import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { routes } from '../../../src/server/routes.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
  'THIRD-PARTY-NOTICES.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`),
].sort()

const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** What a pattern finds in all pages, as "page: found", where `isMissing`. */
function missing(pattern: RegExp, isMissing: (found: string, page: string) => boolean): string[] {
  return pages.flatMap((page) =>
    [...textOf(page).matchAll(pattern)]
      .map((match) => match[1]!)
      .filter((found) => isMissing(found, page))
      .map((found) => `${page}: ${found}`),
  )
}

test('links between our pages lead to files that are there', () => {
  const isMissing = (target: string, page: string) => !existsSync(join(root, dirname(page), target))
  assert.deepEqual(missing(/\]\((?![a-z]+:)([^)\s#]+)[^)]*\)/g, isMissing), [])
})

test('files and folders that our pages name are there', () => {
  const named = /(?<![\w./-])((?:src|scripts|test|docs|bench|web|examples)\/[\w./-]*[\w/])/g
  assert.deepEqual(
    missing(named, (path) => !existsSync(join(root, path))),
    [],
  )
})

test('docs/routes.md names every route', () => {
  const text = textOf('docs/routes.md')
  const unnamed = routes.filter(({ method, path }) => !text.includes(`\`${method} ${path}\``))
  assert.deepEqual(
    unnamed.map(({ method, path }) => `${method} ${path}`),
    [],
  )
})

test('the README is short, and the index of the docs names every page', () => {
  assert.ok(textOf('README.md').split('\n').length < 200)
  const index = textOf('docs/README.md')
  const isListed = (page: string) => index.includes(`](${page.replace('docs/', '')})`)
  const unlisted = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !isListed(page))
  assert.deepEqual(unlisted, [])
})

test('each example of docs/examples.md is a marker line with a block behind it', () => {
  const text = textOf('docs/examples.md')
  const markers = [...text.matchAll(/^<!-- example: (.+) -->$/gm)].map((match) => match[1])
  const blocks = [...text.matchAll(/^<!-- example: ([a-z-]+) -->\n```[a-z]+\n[^`]/gm)].map((match) => match[1])
  assert.deepEqual(blocks, markers)
  assert.equal(new Set(markers).size, markers.length)
})
