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

test('every command that our pages name is there', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const isMissing = (name: string) => scripts[name] === undefined
  assert.deepEqual(missing(/\bnpm run ([a-z:-]+)/g, isMissing), [])
  const outside = (path: string) => path.startsWith('..') || !existsSync(join(root, path))
  assert.deepEqual(
    missing(/^(?:node|npx tsx|tsx) (?:--[\w=-]+ )*((?:\.\.\/|src\/|scripts\/|bench\/|dist\/)\S*\.[mt]?js)/gm, outside),
    [],
  )
})

test('the architecture names every process, by the file that it starts at', () => {
  const page = textOf('docs/architecture.md')
  const named = [...page.matchAll(/^\| [a-z ]+ \| `(src\/[\w/-]*main\.ts)` \|$/gm)].map((match) => match[1]!)
  const mains = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => /(?:^|\/)main\.ts$/.test(file))
  assert.deepEqual(named.sort(), mains.sort())
  const words = ['one', 'two', 'three', 'four', 'five', 'six']
  const claimed = /^(\w+) kinds of processes/m.exec(page)?.[1]?.toLowerCase()
  assert.equal(claimed, words[mains.length - 1])
})

test('the architecture names every folder of src and of the server', () => {
  const page = textOf('docs/architecture.md')
  for (const parent of ['src', 'src/server']) {
    const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const { name } of folders) assert.ok(page.includes(`\`${parent}/${name}/`), `${parent}/${name}`)
  }
})

test('the two files that a newcomer reads first stay short', () => {
  const linesOf = (file: string) => textOf(file).split('\n').length
  assert.ok(linesOf('src/server/routes.ts') <= 150)
  assert.ok(linesOf('src/engine/loop.ts') <= 350)
})

test('no page or comment cites a text outside of the repository', () => {
  const sources = ['src', 'test', 'scripts', 'bench', 'web/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter(
        (file) => /\.(?:tsx?|mjs)$/.test(file) && !file.includes('node_modules') && !file.endsWith('docs.test.ts'),
      ),
  )
  const cited = [...pages, ...sources].filter((file) =>
    /behaviour\.md|\.\.\/shared\/(?:bench|peer|spec|design)/.test(textOf(file)),
  )
  assert.deepEqual(cited, [])
})

test('limits are named max and min, and images image', () => {
  const named = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      (textOf(`src/${file}`).match(/\b(?:most|least|picture|vision)[A-Z]\w*/g) ?? []).map((name) => `${file}: ${name}`),
    )
  assert.deepEqual(named, [])
})
