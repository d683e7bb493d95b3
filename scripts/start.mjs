// `npm start`: sets up, then runs the server in this same process, so signals and the exit code are
// its own. Flags are passed on: `npm start -- -m other.gguf --port 9000`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setup } from './setup.mjs'

const parent = process.ppid

setup()

// npm runs scripts in the package's folder; a relative path among the flags refers to the user's
// folder.
const { npm_lifecycle_event: event, INIT_CWD: userDir } = process.env
if (event === 'start') {
  if (userDir) process.chdir(userDir)
  stopWithParent()
}

const main = join(root, 'dist', 'main.js')
process.argv[1] = main
await import(pathToFileURL(main).href)

/**
 * A signal to npm ends npm and its shell, which do not pass it on: the server stops once its parent
 * is gone.
 */
function stopWithParent() {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}
