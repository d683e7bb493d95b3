// `npm run dev`: sets up, then runs the server from its sources and restarts it at each change.
// Flags are passed on.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

setup({ build: false })
const { buildWeb } = await import('./build-web.mjs')
await buildWeb(join(root, 'dist', 'public'))

const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
const flags = ['watch', '--clear-screen=false', '--tsconfig', join(root, 'tsconfig.json'), join(root, 'src', 'main.ts')]
const watcher = spawn(process.execPath, [tsx, ...flags, ...process.argv.slice(2)], { stdio: 'inherit' })

// Ctrl-C reaches the watcher through the terminal; a signal to only this process has to be passed
// on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => watcher.kill('SIGTERM'))
watcher.on('exit', (code) => process.exit(code ?? 1))
