import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { routes } from '../../../src/server/routes.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = [
  'README.md',
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

test('the README names every route', () => {
  const readme = textOf('README.md')
  const unnamed = routes.filter(({ method, path }) => !readme.includes(`\`${method} ${path}\``))
  assert.deepEqual(
    unnamed.map(({ method, path }) => `${method} ${path}`),
    [],
  )
})

test('each example of the README is a marker line with a block behind it', () => {
  const readme = textOf('README.md')
  const markers = [...readme.matchAll(/^<!-- example: (.+) -->$/gm)].map((match) => match[1])
  const blocks = [...readme.matchAll(/^<!-- example: ([a-z-]+) -->\n```[a-z]+\n[^`]/gm)].map((match) => match[1])
  assert.deepEqual(blocks, markers)
  assert.equal(new Set(markers).size, markers.length)
})
