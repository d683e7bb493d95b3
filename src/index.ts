// Cria as a library: the server of the program `cria`, in the process of the caller.
import { start } from './cli/start.ts'
import { resolveOptions } from './options/resolve.ts'
import { optionWarnings } from './options/warnings.ts'

export { StartError } from './base/errors.ts'

export type Server = {
  /** The server's URLs, the first one for this machine, as in `http://127.0.0.1:8080`. */
  readonly urls: readonly string[]
  /** Ends running requests, the engine and the server. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a server, as `cria` does. It logs to stderr, and does not react to signals.
 * @param flags those of the command line, as in `['-m', 'model.gguf', '--port', '0']`.
 * @returns once the model is loaded.
 * @throws StartError whose message says what is wrong: a flag, the model, the port.
 */
export async function startServer(flags: readonly string[] = []): Promise<Server> {
  const options = resolveOptions(flags, process.env)
  return start(options, optionWarnings(flags, process.env), { stopsOnSignals: false })
}
