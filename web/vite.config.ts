// How the page is built: into dist/public, where the server finds it, with compressed copies beside the files.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { precompress } from './precompress.ts'
import { serviceWorker } from './service-worker.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: './', // the page works behind any prefix
  build: {
    outDir: here('../dist/public'), // scripts/build-web.mjs names another while it builds
    emptyOutDir: true,
    assetsDir: '_page', // src/server/http/static.ts serves it by this name
    target: 'es2022',
    rolldownOptions: { input: { index: here('./index.html'), diagram: here('./diagram.html') } },
    assetsInlineLimit: 0, // data: fonts would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [onlyWoff2(), serviceWorker(), precompress()],
  // `npm run dev:page`: the page from its sources, the API from a server that runs already
  server: {
    fs: { allow: [here('..')] }, // web/lib takes from src/
    proxy: {
      '^/(?!src/|lib/|@|node_modules/|index.html|theme.js|cria.svg|manifest.webmanifest|icon-|$)':
        process.env.CRIA_URL ?? 'http://127.0.0.1:8080',
    },
  },
})

/** KaTeX names each font in three formats; every browser that can run the page takes the first. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('katex.css')) return undefined
      return code.replaceAll(/,\s*url\([^)]*\.(?:woff|ttf)"?\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
    },
  }
}
