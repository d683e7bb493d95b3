// Records the flags of llama-server, as its --help lists them, for docs/coming-from.md and its
// tests. Run by hand:
//   npx tsx scripts/record-peer-flags.ts --peer PATH-OF-LLAMA-SERVER
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { PeerFlag } from '../test/compat/peer-flags.ts'
import { toReadableJson } from './readable-json.ts'

const target = fileURLToPath(new URL('../test/compat/recorded/peer-flags.json', import.meta.url))

/** Listed only by builds with RPC. */
const ofOtherBuilds: readonly PeerFlag[] = [{ flags: ['--rpc'], takesValue: true, env: 'LLAMA_ARG_RPC' }]

const { values } = parseArgs({ options: { peer: { type: 'string' } } })
if (values.peer === undefined) {
  console.error('usage: npx tsx scripts/record-peer-flags.ts --peer PATH-OF-LLAMA-SERVER')
  process.exit(1)
}
const listed = readHelp(execFileSync(values.peer, ['--help'], { encoding: 'utf8' }))
const flags = [...listed, ...ofOtherBuilds]
writeFileSync(target, `${toReadableJson(flags)}\n`)
console.log(`${flags.length} flags`)

/**
 * A flag begins at the margin; what follows is indented, its environment variable on a line of its
 * own.
 */
function readHelp(text: string): PeerFlag[] {
  const found: PeerFlag[] = []
  for (const line of text.split('\n')) {
    const head = /^(-[\w.-]+(?:,\s+-[\w.-]+)*)( \S)?/.exec(line)
    if (head !== null && !line.startsWith('-----')) {
      found.push({ flags: head[1]!.split(/,\s+/), takesValue: head[2] !== undefined })
      continue
    }
    const env = /^\s+\(env: (\w+)\)/.exec(line)?.[1]
    if (env !== undefined) found.push({ ...found.pop()!, env })
  }
  return found
}
