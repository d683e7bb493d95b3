// `npm start`: set up, then the server in this same process, so that signals and the exit code are its own.
// Flags pass on: `npm start -- -m other.gguf --port 9000`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setup } from './setup.mjs'

setup()

// npm runs scripts in the package's folder; a path among the flags means the folder the user is in.
const { npm_lifecycle_event: event, INIT_CWD: userDir } = process.env
if (event === 'start' && userDir) process.chdir(userDir)

const main = join(root, 'dist', 'main.js')
process.argv[1] = main
await import(pathToFileURL(main).href)
