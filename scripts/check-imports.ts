// Keeps the rooms apart by the import rules of docs/architecture.md. Prints imports that break a
// rule and ends with 1.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))

/** The rooms that each room may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  options: ['base'],
  grammar: ['base'],
  jinja: ['base'],
  llama: ['base'],
  files: ['base', 'llama'],
  protocol: ['base', 'options'],
  engine: ['base', 'options', 'files', 'llama', 'protocol'],
  'image-encoder': ['base', 'llama', 'protocol'],
  server: ['base', 'options', 'grammar', 'jinja', 'llama', 'protocol'],
  text: ['base', 'llama', 'server'],
  cli: ['base', 'version.ts', 'options', 'files', 'llama', 'protocol', 'server'],
  'version.ts': [],
  'index.ts': ['base', 'options', 'cli'],
  'main.ts': ['cli'],
}

/**
 * The rooms of the server that each room of it may import, types included. Files of `server/`
 * itself may import all.
 */
const template = 'chat/(template|formats)'
const serverMayImport: Readonly<Record<string, readonly string[]>> = {
  http: [],
  process: [],
  images: [],
  'engine-client': ['process'],
  'image-encoder-client': ['process'],
  metrics: ['engine-client'],
  text: ['process', template],
  model: ['engine-client', 'image-encoder-client', 'images', 'text', template],
  generate: ['engine-client', 'image-encoder-client', 'images', 'text', 'model'],
  chat: ['images', 'text', 'model', 'generate'],
  api: ['http/(handler|reply|errors)', 'engine-client', 'images', 'text', 'model', 'generate', 'chat', 'services'],
}

/** Imports that only some files of a room may have: [files, what, by whom]. */
const only: readonly {
  readonly what: RegExp
  readonly within: RegExp
  readonly by: RegExp
  readonly typesToo?: boolean
}[] = [
  { what: /^koffi$/, within: /./, by: /^llama\// },
  { what: /^fastify$|^@fastify\//, within: /./, by: /^(server\/http|cli)\// },
  {
    what: /^llama\//,
    within: /^engine\//,
    by: /^engine\/(main|embedding\/embedder)\.ts$|^engine\/(sampling|runner)\//,
    typesToo: true,
  },
  { what: /^engine\/(?!cache\/)/, within: /^engine\/cache\/(?!state-store)/, by: /^$/, typesToo: true },
  {
    what: /^engine\/(?!cache\/|scheduler\/|generation\/|image-places)/,
    within: /^engine\/(scheduler|generation)\//,
    by: /^$/,
    typesToo: true,
  },
  { what: /^llama\//, within: /^server\//, by: /^server\/text\/tokenizer\.ts$/ },
  { what: /^server\/(?!text\/|chat\/template)/, within: /^text\//, by: /^$/, typesToo: true },
  { what: /^server\/api\/(?!native|shared)/, within: /^server\/api\/native\//, by: /^$/, typesToo: true },
  { what: /^server\/api\/(?!openai|shared)/, within: /^server\/api\/openai\//, by: /^$/, typesToo: true },
]

type Import = { readonly from: string; readonly to: string; readonly isType: boolean }

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const statement =
    /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm
  return [...text.matchAll(statement)].map((match) => {
    const name = match[2] ?? match[3] ?? match[4]!
    const to = name.startsWith('.') ? relative(src, join(src, dirname(file), name)) : name
    return { from: file, to, isType: match[1] !== undefined }
  })
}

/**
 * The folder below server/, or a file there by its name; undefined for files that may import
 * everything, and elsewhere.
 */
function serverRoom(file: string): string | undefined {
  const [top, name, ...rest] = file.split('/')
  if (top !== 'server' || name === undefined) return undefined
  return rest.length > 0 ? name : name === 'services.ts' ? 'services' : undefined
}

/** Files that import each other, types included, each circle once. */
function circles(): string[][] {
  const imports = new Map(files.map((file) => [file, importsOf(file).map(({ to }) => to)]))
  const found: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) found.push([...path.slice(start), file])
    if (start >= 0 || done.has(file)) return
    for (const to of imports.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return found
}

const room = (file: string) => file.split('/')[0]!
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const problems: string[] = []
for (const { from, to, isType } of files.flatMap(importsOf)) {
  const isOurs = to.endsWith('.ts')
  if (isOurs && room(from) !== room(to)) {
    const allowed = mayImport[room(from)]
    if (allowed === undefined) problems.push(`${from}: no rule for this room`)
    else if (!allowed.includes(room(to)))
      problems.push(`${from} imports ${to}: ${room(from)} may not import ${room(to)}`)
  }
  for (const rule of only) {
    if (isType && !rule.typesToo) continue
    if (rule.what.test(to) && rule.within.test(from) && !rule.by.test(from)) {
      problems.push(`${from} imports ${to}: that is for ${rule.by.source} alone`)
    }
  }
}
for (const { from, to } of files.flatMap(importsOf)) {
  const [own, other] = [serverRoom(from), serverRoom(to)]
  if (own === undefined || own === 'services' || other === undefined || own === other) continue
  const allowed = serverMayImport[own]?.some((name) => new RegExp(`^server/${name}(/|\\.ts$)`).test(to)) ?? false
  if (!allowed) problems.push(`${from} imports ${to}: server/${own} may not import server/${other}`)
}
for (const circle of circles()) problems.push(`a circle: ${circle.join(' → ')}`)
for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${problems.length} imports that break a rule`)
process.exit(problems.length > 0 ? 1 : 0)
