// `npm start`: set up, then the server in this same process, so that signals and the exit code are its own.
// Flags pass on: `npm start -- -m other.gguf --port 9000`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setup } from './setup.mjs'

const parent = process.ppid

setup()

// npm runs scripts in the package's folder; a path among the flags means the folder the user is in.
const { npm_lifecycle_event: event, INIT_CWD: userDir } = process.env
if (event === 'start') {
  if (userDir) process.chdir(userDir)
  stopWithParent()
}

const main = join(root, 'dist', 'main.js')
process.argv[1] = main
await import(pathToFileURL(main).href)

/** A signal to npm ends npm and its shell, which do not hand it on: the server stops once it is left alone. */
function stopWithParent() {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}
