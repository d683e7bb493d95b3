// Files over HTTP: the operator's own folder first, then the built-in files. Served without a key
// and without a model. Knows the built-in pages by name. Paths that leave the folder, by dots or by
// a link, are not found.
import { realpathSync, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { StartError } from '../../base/errors.ts'

export type StaticFolders = {
  /** The operator's folder, from --path: its files replace built-in files of the same name. */
  readonly own: string | undefined
  /** Made by scripts/build-web.mjs; may be missing when the sources run unbuilt. */
  readonly builtIn: string | undefined
}

/**
 * The content security policies of the built-in pages: they load nothing from elsewhere. The
 * operator's own pages set their own. `diagram.html` draws in a hidden frame of the page, with
 * style elements. `preview.html` shows what a model wrote, in a frame without an origin: its
 * scripts run, and reach neither the page nor a network.
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
 * Serves GET and HEAD of every path without a route.
 * @param isRoute whether a path belongs to the API, whose routes take precedence over files of the
 *   same name.
 * @throws StartError when the operator's folder does not exist.
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
    redirect: true, // a folder gets a final slash, so links in its page are relative to it
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

/**
 * The parts of the built-in page: their names change with their contents, and each has a compressed
 * copy beside it.
 */
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
 * Whether a path may be looked up in a folder: it names nothing outside, and only regular files (a
 * pipe would never end). A missing file is allowed: another folder may have it.
 * @param path decoded once, as in the URL.
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

/**
 * A TypeScript file is not a video, whatever the list of MIME types says about `.ts` and `.mts`.
 */
function nameTypes(url: string, reply: FastifyReply): void {
  if (reply.statusCode === 200 && /\.d\.m?ts(\?|$)/.test(url)) reply.type('text/typescript; charset=utf-8')
}
