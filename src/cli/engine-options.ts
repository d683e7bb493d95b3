// Command line options → the engine's options.
import { physicalCores } from '../base/cores.ts'
import { StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import type { EngineOptions } from '../protocol/task.ts'
import { verbosityOf } from './verbosity.ts'

/** More threads than this do not make a model faster on a usual machine; -t overrides it. */
const maxThreads = 12

/** @throws StartError for options that contradict each other. */
export function engineOptions(options: Options, modelPath: string): EngineOptions {
  const nThreads = options.threads ?? Math.min(physicalCores(), maxThreads)
  const verbosity = options.logDisable ? 0 : verbosityOf(options)
  return {
    modelPath,
    gpuLayers: options.gpuLayers,
    mainGpu: options.mainGpu,
    tensorSplit: options.tensorSplit ?? [],
    mlock: options.mlock,
    mmap: options.mmap,
    numa: options.numa,
    kvOverrides: options.overrideKv ?? [],
    adapterPaths: options.loraBase === undefined ? (options.lora ?? []).map(({ path }) => path) : [],
    nCtx: options.ctxSize,
    nBatch: options.batchSize,
    nSlots: options.parallel,
    kvUnified: options.kvUnified,
    slotPromptSimilarity: options.slotPromptSimilarity,
    nThreads,
    nThreadsBatch: options.threadsBatch ?? nThreads,
    splitMode: options.splitMode,
    nUbatch: Math.min(options.ubatchSize, options.batchSize),
    typeK: options.memoryF32 ? 'f32' : options.cacheTypeK,
    typeV: options.memoryF32 ? 'f32' : options.cacheTypeV,
    flashAttn: options.flashAttn,
    rope: {
      scaling: options.ropeScaling,
      freqBase: options.ropeFreqBase,
      freqScale: options.ropeScale === undefined ? options.ropeFreqScale : 1 / options.ropeScale,
      yarnOrigCtx: options.yarnOrigCtx,
      yarnExtFactor: options.yarnExtFactor,
      yarnAttnFactor: options.yarnAttnFactor,
      yarnBetaSlow: options.yarnBetaSlow,
      yarnBetaFast: options.yarnBetaFast,
    },
    contBatching: options.contBatching,
    takesImages: options.mmproj !== undefined,
    slotFiles:
      options.slotSavePath === undefined ? undefined : { folder: options.slotSavePath, projectorPath: options.mmproj },
    embeddings: readEmbeddings(options),
    groupAttention: readGroupAttention(options),
    tokenGapMs: options.tokenGapMs,
    logLevel: verbosity >= 5 ? 'debug' : verbosity >= 4 ? 'info' : verbosity >= 3 ? 'warn' : 'error',
  }
}

function readEmbeddings({ embedding, reranking, pooling }: Options): EngineOptions['embeddings'] {
  if (reranking && pooling !== undefined && pooling !== 'rank') {
    throw new StartError(`--reranking and --pooling ${pooling} cannot be combined: reranking needs pooling rank`)
  }
  if (!embedding && !reranking) return undefined
  return { pooling: reranking ? 'rank' : pooling }
}

function readGroupAttention({ grpAttnN, grpAttnW, contextShift, mmproj }: Options): EngineOptions['groupAttention'] {
  if (grpAttnN > 1 && mmproj !== undefined) throw new StartError('--mmproj and --grp-attn-n cannot be combined')
  if (grpAttnN > 1 && contextShift) throw new StartError('--context-shift and --grp-attn-n cannot be combined')
  if (grpAttnN > 1 && grpAttnW % grpAttnN !== 0) {
    throw new StartError(`--grp-attn-w ${grpAttnW} is not a multiple of --grp-attn-n ${grpAttnN}`)
  }
  return grpAttnN > 1 ? { factor: grpAttnN, width: grpAttnW } : { factor: 1, width: 1 }
}
