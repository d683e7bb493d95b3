#!/usr/bin/env node
import { runCommand } from './cli/commands.ts'
// The command line program. A failure at start ends here, as a sentence.
import { explain } from './cli/explain.ts'

process.on('SIGUSR1', () => {}) // else Node opens its debugger to this machine

try {
  await runCommand(process.argv.slice(2))
} catch (error) {
  const { message, exitCode } = explain(error)
  process.stderr.write(`cria: ${message}\n`)
  process.exit(exitCode)
}
