// Keeps the rooms apart: who may import whom, as docs/architecture.md says. Prints what breaks a rule and ends with 1.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))

/** What each room may import, beside itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  options: ['base'],
  grammar: ['base'],
  gguf: ['base'],
  jinja: ['base'],
  llama: ['base'],
  'model-store': ['base'],
  'lora-merge': ['base', 'gguf', 'model-store'],
  'vision-library': ['base', 'llama', 'model-store'],
  protocol: ['base', 'options'],
  engine: ['base', 'options', 'gguf', 'llama', 'protocol'],
  vision: ['base', 'llama', 'protocol'],
  server: ['base', 'options', 'grammar', 'jinja', 'llama', 'protocol'],
  cli: ['base', 'options', 'llama', 'model-store', 'lora-merge', 'vision-library', 'protocol', 'server'],
  'main.ts': ['base', 'options', 'llama', 'model-store', 'cli'],
}

/** Files of a room that alone may use something outside: [files, what, by whom]. */
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
  { what: /^server\/api\//, within: /^server\/http\//, by: /^$/ },
  { what: /^server\/(?!process\/)/, within: /^server\/process\//, by: /^$/ },
  { what: /^server\/api\/openai\//, within: /^server\/api\/native\//, by: /^$/ },
  { what: /^server\/api\/native\//, within: /^server\/api\/openai\//, by: /^$/ },
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
for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${problems.length} imports that break a rule`)
process.exit(problems.length > 0 ? 1 : 0)
