// Checks the English of comments, messages and docs. Prints each fault and ends with 1 if there is
// one.
//   check-english.ts [FOLDER-OR-FILE …]
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultsOfMarkdown, faultsOfSource } from './english.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const checked = ['src', 'scripts', 'bench', 'test/support', 'docs', 'README.md']
/** The rules themselves, and the replies of a peer as they were recorded. */
const passedOver = ['scripts/english.ts', 'docs/compat.md', 'docs/llama-server-flags.md']

const paths = process.argv.slice(2)
const files = (paths.length > 0 ? paths : checked).flatMap(filesIn)
let nFaults = 0
for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8')
  for (const { line, reason } of file.endsWith('.md') ? faultsOfMarkdown(text) : faultsOfSource(text)) {
    console.error(`${file}:${line}: ${reason}`)
    nFaults++
  }
}
console.log(`${files.length} files, ${nFaults} faults of English`)
process.exit(nFaults > 0 ? 1 : 0)

/** Returns the source and Markdown files at a path below the root, unless they are passed over. */
function filesIn(path: string): string[] {
  const full = join(root, path)
  const names = statSync(full).isDirectory()
    ? readdirSync(full, { recursive: true, encoding: 'utf8' }).map((name) => join(full, name))
    : [full]
  return names
    .map((name) => relative(root, name))
    .filter((name) => /\.(?:ts|mjs|md)$/.test(name) && !passedOver.includes(name))
    .sort()
}
