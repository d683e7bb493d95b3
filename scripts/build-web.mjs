// Makes the files that the server serves to browsers, in one folder: the page, and the modules of
// web/lib, each with its types. The folder is dist/public, or the one named by the argument.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Each module: its name on the server, and its source. Code is bundled, types are not: a source
 * writes out the types of its exports, and imports none.
 */
const modules = [
  { name: 'completion.js', source: 'web/lib/completion.ts' },
  { name: 'json-schema-to-grammar.mjs', source: 'web/lib/json-schema-to-grammar.ts' },
]

/**
 * @param {string} folder created if necessary.
 * @throws Error, after the compiler's own messages on stderr.
 */
export async function buildWeb(folder) {
  const { build } = await import('esbuild') // not available before the packages are installed
  mkdirSync(folder, { recursive: true })
  await buildPage(folder)
  for (const { name, source } of modules) {
    await build({
      absWorkingDir: root,
      entryPoints: [source],
      outfile: join(folder, name),
      bundle: true,
      format: 'esm',
      target: 'es2022',
      logLevel: 'warning',
    })
  }
  writeTypes(folder)
}

/** Empties the folder first. */
async function buildPage(folder) {
  const { build } = await import('vite')
  await build({
    configFile: join(root, 'web', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: resolve(folder) },
  })
}

function writeTypes(folder) {
  const declarations = mkdtempSync(join(tmpdir(), 'cria-types-'))
  try {
    const { bin } = JSON.parse(readFileSync(join(root, 'node_modules/typescript/package.json'), 'utf8'))
    const tsc = join(root, 'node_modules/typescript', bin.tsc)
    const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', declarations]
    const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'web/lib/tsconfig.json'), ...flags], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) throw new Error('the types of web/lib cannot be made')
    for (const { name, source } of modules) {
      const types = name.replace(/\.(m?)js$/, '.d.$1ts')
      cpSync(join(declarations, source.replace(/ts$/, 'd.ts')), join(folder, types))
    }
  } finally {
    rmSync(declarations, { recursive: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildWeb(process.argv[2] ?? join(root, 'dist', 'public'))
}
