// dist/public/sw.js: keeps the parts of the page in the browser, so that it opens while its server is off. The API is never
// answered from there.
import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** What is kept at once: what the first view needs. Other parts are kept when they are first loaded. */
const atOnce = /\.(css|webmanifest|svg|html)$|^theme\.js$|(figtree|fraunces|jetbrains-mono)-latin-wght/

export function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const parts = Object.values(bundle)
      const entry = parts.flatMap((part) =>
        part.type === 'chunk' && part.isEntry && part.name === 'index' ? [part.fileName, ...part.imports] : [],
      )
      const names = parts.map(({ fileName }) => fileName).filter((name) => atOnce.test(name) || entry.includes(name))
      const files = [
        './',
        'theme.js',
        'cria.svg',
        'manifest.webmanifest',
        ...names.filter((name) => name !== 'index.html'),
      ]
      const version = createHash('sha256')
        .update(parts.map(({ fileName }) => fileName).join())
        .digest('hex')
        .slice(0, 12)
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: source(version, files) })
    },
  }
}

function source(version: string, files: readonly string[]): string {
  return `// Keeps the parts of the page, and answers with them: the page itself only when its server does not answer.
const name = 'cria-${version}'
const files = ${JSON.stringify(files)}

addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(files)).then(() => skipWaiting()))
})

addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((one) => one !== name).map((one) => caches.delete(one))))
  event.waitUntil(old.then(() => clients.claim()))
})

addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return
  const path = request.url.slice(registration.scope.length).split(/[?#]/)[0]
  if (path.startsWith('_page/')) event.respondWith(kept(request))
  else if (path === '' || files.includes(path)) event.respondWith(fresh(request))
})

/** Parts have names that change with what is in them. */
async function kept(request) {
  const cache = await caches.open(name)
  const known = await cache.match(request)
  if (known) return known
  const response = await fetch(request)
  if (response.ok) await cache.put(request, response.clone())
  return response
}

async function fresh(request) {
  const cache = await caches.open(name)
  const known = await cache.match(request, { ignoreSearch: true })
  try {
    const response = await fetch(request)
    // a proxy whose server is off
    return response.status >= 502 && response.status <= 504 && known ? known : response
  } catch (error) {
    if (known) return known
    throw error
  }
}
`
}
