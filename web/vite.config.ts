// How the page is built: into dist/public, where the server finds it, with compressed copies beside the files.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: './', // the page works behind any prefix
  build: {
    outDir: here('../dist/public'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // data: fonts would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [precompress()],
  // `npm run dev:page`: the page from its sources, the API from a server that runs already
  server: { proxy: { '^/(?!src/|@|node_modules/|index.html|theme.js|cria.svg|$)': process.env.CRIA_URL ?? 'http://127.0.0.1:8080' } },
})
