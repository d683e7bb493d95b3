// Files over HTTP: the operator's own folder first, then the one that ships with Cria. Open without a key and without a model.
// Knows the built-in pages by name. What leaves its folder, by dots or by a link, is not there.
import { realpathSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { StartError } from '../../base/errors.ts'

export type StaticFolders = {
  /** The operator's, from --path: its files hide built-in ones of the same name. */
  readonly own: string | undefined
  /** Made by scripts/build-web.mjs; may be missing when the sources run unbuilt. */
  readonly builtIn: string | undefined
}

/**
 * What the built-in pages may load: nothing from elsewhere. The operator's own pages set their rules themselves.
 * `diagram.html` draws in a hidden frame of the page, with style elements. `preview.html` shows what a model wrote, in a frame
 * without an origin: its scripts run, and reach neither the page nor a network.
 */
const policies: Readonly<Record<string, string>> = {
  'diagram.html':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'preview.html':
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}
const pagePolicy =
  "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * Serves GET and HEAD of every path that no route has.
 * @param isRoute whether a path belongs to the API, whose routes win over files of the same name.
 * @throws StartError when the own folder is none.
 */
export async function registerStatic(
  app: FastifyInstance,
  { own, builtIn }: StaticFolders,
  isRoute: (path: string) => boolean,
): Promise<void> {
  const ownRoot = own === undefined ? undefined : folderAt(own)
  if (own !== undefined && ownRoot === undefined) throw new StartError(`--path ${own} is not a folder`)
  const builtInRoot = builtIn === undefined ? undefined : folderAt(builtIn)
  const root = [...new Set([ownRoot, builtInRoot].filter((folder) => folder !== undefined))]
  if (root.length === 0) return
  await app.register(fastifyStatic, {
    root,
    dotfiles: 'ignore',
    redirect: true, // a folder gets its slash, so that links in its page lead into it
    decorateReply: false,
    allowedPath: (path, folder) => !isRoute(path) && isInside(path, String(folder)),
    setHeaders: (response, path) => {
      response.setHeader('x-content-type-options', 'nosniff')
      const isOurs = builtInRoot !== undefined && path.startsWith(builtInRoot + sep)
      if (!isOurs || !path.endsWith('.html')) return
      response.setHeader('content-security-policy', policies[basename(path)] ?? pagePolicy)
    },
  })
  await registerPageParts(app, builtInRoot)
  app.addHook('onSend', async ({ url }, reply) => nameTypes(url, reply))
}

/** The parts of the built-in page: their names change with what is in them, and each has a compressed copy beside it. */
async function registerPageParts(app: FastifyInstance, builtInRoot: string | undefined): Promise<void> {
  const root = builtInRoot === undefined ? undefined : folderAt(join(builtInRoot, '_page'))
  if (root === undefined) return
  await app.register(fastifyStatic, {
    root,
    prefix: '/_page/',
    decorateReply: false,
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    setHeaders: (response) => response.setHeader('x-content-type-options', 'nosniff'),
  })
}

/** The real path of a folder; undefined when there is none. */
function folderAt(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a path may be looked up in a folder: it names nothing outside, and nothing that is no file (a pipe would never end).
 * What is not there may be: another folder may have it.
 * @param path decoded once, as it is in the URL.
 */
function isInside(path: string, folder: string): boolean {
  if (path.includes('\0') || path.split(/[/\\]/).includes('..')) return false
  try {
    const real = realpathSync(join(folder, path))
    if (real !== folder && !real.startsWith(folder + sep)) return false
    const stat = statSync(real)
    return stat.isDirectory() ? !path.endsWith('/') || isInside(`${path}index.html`, folder) : stat.isFile()
  } catch (error) {
    return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

/** A type of TypeScript is no video, whatever the list of MIME types says of `.ts` and `.mts`. */
function nameTypes(url: string, reply: FastifyReply): void {
  if (reply.statusCode === 200 && /\.d\.m?ts(\?|$)/.test(url)) reply.type('text/typescript; charset=utf-8')
}
