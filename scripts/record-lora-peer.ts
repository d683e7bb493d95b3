// Records llama-server's answers with LoRA adapters on the tiny model, for
// test/contract/engine/lora.test.ts. Run by hand:
//   npx tsx scripts/record-lora-peer.ts --peer PATH-OF-LLAMA-SERVER
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { recordedAdapters, recordedPrompt } from '../test/support/tiny-adapters.ts'
import { tinyModel } from '../test/support/tiny-models.ts'
import { baseRequest, call, Peer } from './peer.ts'
import { toReadableJson } from './readable-json.ts'

const target = fileURLToPath(new URL('../test/contract/engine/recorded/lora-tiny.json', import.meta.url))

/** `set`: the body of POST /lora-adapters before the request; `lora`: the field of the request. */
const cases = [
  { name: 'as the command line says' },
  { name: 'off by the request', lora: [{ id: 0, scale: 0 }] },
  { name: 'one by the request', lora: [{ id: 0, scale: 1 }] },
  { name: 'the other by the request', lora: [{ id: 1, scale: 0.7 }] },
  {
    name: 'both by the request',
    lora: [
      { id: 0, scale: -0.5 },
      { id: 1, scale: 2 },
    ],
  },
  { name: 'changed for all', set: [{ id: 1, scale: 0.25 }] },
]

const { values } = parseArgs({ options: { peer: { type: 'string' } } })
if (values.peer === undefined) {
  console.error('usage: npx tsx scripts/record-lora-peer.ts --peer PATH-OF-LLAMA-SERVER')
  process.exit(1)
}
const flags = ['-m', tinyModel('tiny-llama'), '-t', '1', '-np', '1', '-c', '512', ...recordedAdapters()]
const peer = await Peer.start(values.peer, flags)
try {
  const answers = []
  for (const { name, set, lora } of cases) {
    if (set !== undefined) await call(peer.url, '/lora-adapters', set)
    const fields = { ...baseRequest, prompt: recordedPrompt, n_predict: 24, n_probs: 2, ...(lora && { lora }) }
    const { tokens, completion_probabilities: probabilities } = await call(peer.url, '/completion', fields)
    const top = probabilities.map(({ top_logprobs }: { top_logprobs: { id: number; logprob: number }[] }) => ({
      top_logprobs: top_logprobs.map(({ id, logprob }) => ({ id, logprob: Number(logprob.toFixed(4)) })),
    }))
    answers.push({ name, ...(set && { set }), ...(lora && { lora }), tokens, completion_probabilities: top })
  }
  await mkdir(dirname(target), { recursive: true })
  await writeFile(
    target,
    `${toReadableJson({ recordedBy: 'scripts/record-lora-peer.ts', engine: peer.engine, answers })}\n`,
  )
  console.log(`${target}: ${answers.length} answers`)
} finally {
  await peer.stop()
}
