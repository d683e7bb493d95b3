// Records llama-server's answers about pictures, with which test/e2e/vision.test.ts compares ours.
// Run by hand:
//   npx tsx scripts/record-vision-peer.ts --peer PATH-OF-LLAMA-SERVER --model SmolLM2-135M-Instruct.Q4_1.gguf
// The pairs of models are made by test/support/vision-models.ts, the pictures by
// test/support/pictures.ts.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pictures } from '../test/support/pictures.ts'
import { smollm2Projector, VISION_PAIR_NAMES, visionPair } from '../test/support/vision-models.ts'
import { baseRequest, call, Peer, sha256 } from './peer.ts'
import { toReadableJson } from './readable-json.ts'

const target = fileURLToPath(new URL('../test/e2e/recorded/vision.json', import.meta.url))
const serverFlags = [
  '-t',
  '2',
  '-np',
  '1',
  '-c',
  '2048',
  '-b',
  '512',
  '-ub',
  '512',
  '--no-mmproj-offload',
  '--no-warmup',
]
const marker = '<__media__>'
const request = { ...baseRequest, n_predict: 24 }

/**
 * Prompts with the pictures for their marks. A prompt that ends with a picture ends this
 * llama-server.
 */
const prompts: readonly { readonly prompt: string; readonly pictures: readonly string[] }[] = [
  ...Object.keys(pictures).map((name) => ({ prompt: `Look: ${marker} What is it?`, pictures: [name] })),
  { prompt: `${marker}and ${marker} are two.`, pictures: ['wide PNG', 'tall PNG'] },
  { prompt: `The same twice: ${marker}${marker} or not?`, pictures: ['small PNG', 'small PNG'] },
]

const { values } = parseArgs({ options: { peer: { type: 'string' }, model: { type: 'string' } } })
if (values.peer === undefined || values.model === undefined) {
  console.error('usage: npx tsx scripts/record-vision-peer.ts --peer PATH-OF-LLAMA-SERVER --model FILE.gguf')
  process.exit(1)
}
const pairs = [
  ...VISION_PAIR_NAMES.map((name) => ({ name, ...visionPair(name) })),
  { name: 'smollm2', model: resolve(values.model), mmproj: smollm2Projector() },
]
const recorded: Record<string, unknown> = {
  recordedBy: 'scripts/record-vision-peer.ts',
  flags: serverFlags,
  request,
  marker,
}
const answers: Record<string, unknown> = {}
for (const { name, model, mmproj } of pairs) {
  const flags = ['-m', model, '--mmproj', mmproj, ...serverFlags]
  const peer = await Peer.start(values.peer, flags, { LLAMA_MEDIA_MARKER: marker })
  try {
    recorded.peer = `llama-server ${(await call(peer.url, '/props')).build_info}`
    recorded.engine = peer.engine
    const list = []
    for (const { prompt, pictures: names } of prompts) {
      const data = names.map((picture) => pictures[picture]!.toString('base64'))
      const body = { ...request, prompt: { prompt_string: prompt, multimodal_data: data } }
      const { tokens, tokens_evaluated, content } = await call(peer.url, '/completion', body)
      list.push({ prompt, pictures: names, nPromptTokens: tokens_evaluated, tokens, text: content })
    }
    answers[name] = { modelSha256: await sha256(model), mmprojSha256: await sha256(mmproj), answers: list }
  } finally {
    await peer.stop()
  }
}
await mkdir(dirname(target), { recursive: true })
await writeFile(target, `${toReadableJson({ ...recorded, pairs: answers })}\n`)
console.log(`${target}: ${pairs.length} pairs, ${prompts.length} prompts each`)
