// A slot in llama-server's shape, without anything that reveals the text of a request.
import type { KnownSlot, KnownTask } from '../../engine-client/board.ts'

export function slotJson({ id, taskId, nCells, nPrompt, nCached, nPredicted, task }: KnownSlot, nCtx: number): object {
  const common = { id, n_ctx: nCtx, speculative: false, is_processing: taskId !== null, n_past: nCells }
  if (taskId === null) return common
  const nPredict = task?.nPredict ?? -1
  return {
    ...common,
    id_task: taskId,
    n_prompt_tokens: nPrompt,
    // once it generates, its context may shift: it has fewer cells, and the prompt is done
    n_prompt_tokens_processed: (nPredicted > 0 ? nPrompt : Math.min(nCells, nPrompt)) - nCached,
    n_prompt_tokens_cache: nCached,
    ...(task === undefined ? {} : { params: paramsJson(task) }),
    next_token: [
      {
        has_next_token: true,
        n_remain: nPredict < 0 ? -1 : Math.max(0, nPredict - nPredicted),
        n_decoded: nPredicted,
      },
    ],
  }
}

/** The numbers of a request: stop strings, grammars and biases contain the client's own words. */
function paramsJson({ sampling, nPredict, nKeep, nDiscard, nProbs, whenContextFull }: KnownTask): object {
  return {
    seed: sampling.seed,
    temperature: sampling.temperature,
    dynatemp_range: sampling.dynatempRange,
    dynatemp_exponent: sampling.dynatempExponent,
    top_k: sampling.topK,
    top_p: sampling.topP,
    min_p: sampling.minP,
    top_n_sigma: sampling.topNSigma,
    tfs_z: sampling.tfsZ,
    typical_p: sampling.typicalP,
    xtc_probability: sampling.xtcProbability,
    xtc_threshold: sampling.xtcThreshold,
    repeat_last_n: sampling.repeatLastN,
    repeat_penalty: sampling.repeatPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    dry_multiplier: sampling.dryMultiplier,
    dry_base: sampling.dryBase,
    dry_allowed_length: sampling.dryAllowedLength,
    dry_penalty_last_n: sampling.dryPenaltyLastN,
    mirostat: sampling.mirostat,
    mirostat_tau: sampling.mirostatTau,
    mirostat_eta: sampling.mirostatEta,
    max_tokens: nPredict,
    n_predict: nPredict,
    n_keep: nKeep,
    n_discard: nDiscard,
    ignore_eos: sampling.ignoreEos,
    n_probs: nProbs,
    min_keep: sampling.minKeep,
    samplers: sampling.samplers,
    context_shift: whenContextFull === 'shift',
  }
}
