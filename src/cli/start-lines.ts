// The log of a start: the model, the memory, the device and the addresses, and warnings about flags
// without effect.
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Options } from '../options/table.ts'
import type { EngineInfo } from '../protocol/event.ts'
import { whyNoGpu } from './no-gpu.ts'
import { mebibytes } from './sizes.ts'

/** @param urls the first one for this machine. */
export function startLines(
  options: Options,
  info: EngineInfo,
  modelPath: string,
  urls: readonly string[],
): readonly string[] {
  const [url = ''] = urls
  return [
    modelLine(info, modelPath),
    memoryLine(info),
    ...embeddingLines(info),
    `computed on ${info.device} with ${threadsOf(info)}, engine ${info.backend}${noGpu(options, info)}`,
    ...urls.map((each) => `listening at ${each}`),
    `${options.ui ? `page: ${url}/ · ` : ''}base URL for OpenAI clients: ${url}/v1`,
  ]
}

function modelLine({ name, nParams, description }: EngineInfo, path: string): string {
  const file = basename(path)
  const title = name === undefined || name === '' ? file : `${name} (${file})`
  return `model: ${title}, ${mebibytes(statSync(path).size)} on disk, ${parameters(nParams)}, ${description}`
}

/** As in "134.5 million parameters". */
function parameters(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)} billion parameters`
  return n >= 1e6 ? `${(n / 1e6).toFixed(1)} million parameters` : `${n} parameters`
}

function memoryLine({ sizeBytes, contextMiB, generates, nSlots, nCtxSlot }: EngineInfo): string {
  const what = generates ? `${nSlots} × ${nCtxSlot} tokens` : 'it only encodes'
  return `memory: ${mebibytes(sizeBytes)} of weights, ${mebibytes(contextMiB * 2 ** 20)} of context (${what})`
}

function embeddingLines({ embeddings }: EngineInfo): string[] {
  if (embeddings === undefined) return []
  const { pooling, width, maxTokens, memoryMiB } = embeddings
  const what = pooling === 'rank' ? 'scores' : `embeddings of ${width} numbers`
  return [`${what}, pooling ${pooling}, of up to ${maxTokens} tokens: a context of ${Math.ceil(memoryMiB)} MiB`]
}

function threadsOf({ threads: { forTokens, forPrompts } }: EngineInfo): string {
  const tokens = `${forTokens} ${forTokens === 1 ? 'thread' : 'threads'}`
  return forPrompts === forTokens ? tokens : `${tokens} (${forPrompts} for prompts)`
}

/** A short remark; if a GPU package does not work, a warning says more. */
function noGpu({ gpuLayers }: Options, { backend, gpuProblems }: EngineInfo): string {
  if (gpuLayers === 0) return '; no GPU: -ngl 0'
  return gpuProblems.length > 0 ? '; no GPU: see the warning' : whyNoGpu(backend)
}

/**
 * Warns about flags that have no effect without another flag, flags that ask for more than there
 * is, and open access.
 */
export function startWarnings(options: Options, info: EngineInfo): readonly string[] {
  const { embedding, reranking, pooling, ropeScaling, ropeScale, ropeFreqScale, ropeFreqBase, grpAttnN } = options
  const isStretched = [ropeScaling, ropeScale, ropeFreqScale, ropeFreqBase].some((value) => value !== undefined)
  const { nCtxSlot, nCtxTrain, gpuProblems } = info
  return [
    ...gpuProblems,
    ...(pooling !== undefined && !embedding && !reranking ? ['--pooling has no effect without --embedding'] : []),
    ...((embedding || reranking) && info.embeddings === undefined
      ? ['this model cannot rerank: it has no head that scores a pair of texts, so /rerank and /embedding answer 400']
      : []),
    ...(nCtxTrain > 0 && nCtxSlot > nCtxTrain && info.generates && !isStretched && grpAttnN === 1
      ? [
          `-c gives a slot ${nCtxSlot} tokens of context, and the model was trained for ${nCtxTrain}: longer texts get worse; see --rope-scaling and --grp-attn-n`,
        ]
      : []),
    ...openToAll(options),
  ]
}

function openToAll({ host, apiKey, apiKeyFile }: Options): string[] {
  const isOpen = (name: string) => !/^(127\.|::1$|localhost$)/.test(name)
  const [first] = host.split(',').filter(isOpen)
  if (first === undefined || apiKey !== undefined || apiKeyFile !== undefined) return []
  return [`--host ${host} without --api-key: whoever reaches this machine can use the server`]
}
