// From the command to a server that is ready, and its memory after an answer.
import { less } from '../figure.ts'
import { Generation } from '../generation.ts'
import type { Scenario } from '../scenario.ts'

export const startup: Scenario = {
  name: 'startup',
  about: 'time to the first 200 of /health, the first answer, memory',
  flags: ['-c', '4096', '-np', '1'],
  async run(server) {
    // memory is measured after an answer: before it, a server without a warm-up has not touched its
    // model yet
    const answer = await Generation.ofPrompt(server.url, 'Once upon a time', 8).done
    return [
      less('ready', 'ms', server.readyMs),
      less('first token once ready', 'ms', answer.firstTokenMs),
      less('memory (PSS)', 'MiB', server.memoryMiB()),
    ]
  },
}
