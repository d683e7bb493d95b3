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

/** The other rooms of `files/` and of `engine/` that a room there may import. */
const filesMayImport: Readonly<Record<string, readonly string[]>> = {
  gguf: [],
  'model-store': [],
  libmtmd: ['model-store'],
  'lora-merge': ['gguf', 'model-store'],
}
const engineMayImport: Readonly<Record<string, readonly string[]>> = {
  generation: ['image-places'],
  cache: ['control'],
  scheduler: ['cache', 'generation'],
  runner: ['cache', 'generation', 'scheduler'],
  sampling: ['generation'],
  embedding: ['image-places', 'scheduler'],
  report: ['control', 'generation', 'runner', 'scheduler'],
}

/** Imports that only some files of a room may have, types too. */
const only: readonly { readonly what: RegExp; readonly within: RegExp; readonly by: RegExp }[] = [
  { what: /^koffi$/, within: /./, by: /^llama\// },
  { what: /^fastify$|^@fastify\//, within: /./, by: /^(server\/http|cli)\/|^server\/server\.ts$/ },
  {
    what: /^llama\//,
    within: /^engine\//,
    by: /^engine\/(main|embedding\/embedder)\.ts$|^engine\/(sampling|runner)\//,
  },
  { what: /^files\//, within: /^engine\//, by: /^engine\/(main|embedding\/embedder)\.ts$/ },
  { what: /^files\/(?!gguf\/)/, within: /^engine\//, by: /^$/ },
  { what: /^llama\//, within: /^files\//, by: /^files\/libmtmd\// },
  { what: /^engine\/(?!cache\/)/, within: /^engine\/cache\//, by: /^engine\/cache\/state-store\.ts$/ },
  {
    what: /^llama\//,
    within: /^server\//,
    by: /^server\/(text\/tokenizer|model\/system-prompts|api\/shared\/completion-json)\.ts$/,
  },
  { what: /^server\/(?!text\/|chat\/template)/, within: /^text\//, by: /^$/ },
  { what: /^server\/api\/(?!native|shared)/, within: /^server\/api\/native\//, by: /^$/ },
  { what: /^server\/api\/(?!openai|shared)/, within: /^server\/api\/openai\//, by: /^$/ },
  { what: /^server\/api\/(?!anthropic|shared)/, within: /^server\/api\/anthropic\//, by: /^$/ },
]

type Import = { readonly from: string; readonly to: string }

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const statement = /^\s*(?:import|export)\s+[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm
  return [...text.matchAll(statement)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3]!
    const to = name.startsWith('.') ? relative(src, join(src, dirname(file), name)) : name
    return { from: file, to }
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
for (const { from, to } of files.flatMap(importsOf)) {
  const isOurs = to.endsWith('.ts')
  if (isOurs && room(from) !== room(to)) {
    const allowed = mayImport[room(from)]
    if (allowed === undefined) problems.push(`${from}: no rule for this room`)
    else if (!allowed.includes(room(to)))
      problems.push(`${from} imports ${to}: ${room(from)} may not import ${room(to)}`)
  }
  for (const rule of only) {
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
for (const [top, rules] of [
  ['files', filesMayImport],
  ['engine', engineMayImport],
] as const) {
  for (const { from, to } of files.flatMap(importsOf)) {
    const [own, other] = [from, to].map((file) => (file.startsWith(`${top}/`) ? file.split('/')[1]! : undefined))
    const allowed = own === undefined || own.endsWith('.ts') ? undefined : (rules[own] ?? [])
    if (other === undefined || own === other || allowed === undefined) continue
    if (!allowed.includes(other.replace(/\.ts$/, '')))
      problems.push(`${from} imports ${to}: ${top}/${own} may not import ${top}/${other}`)
  }
}
for (const circle of circles()) problems.push(`a circle: ${circle.join(' → ')}`)
for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${problems.length} imports that break a rule`)
process.exit(problems.length > 0 ? 1 : 0)
