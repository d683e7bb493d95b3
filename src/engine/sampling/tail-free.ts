// Tail free sampling (tfs_z): cuts where the curve of the sorted probabilities becomes flat.
// libllama no longer has it.
import type { Candidates } from './candidates.ts'

/**
 * Keeps the candidates before the point where the summed, normalized second derivative of the
 * sorted probabilities exceeds z.
 * @param candidates sorted and cut in place.
 * @param z in [0, 1]; 1 keeps all.
 * @param minKeep the minimum number to keep.
 * Source: "Tail Free Sampling", trentbrick.github.io/Tail-Free-Sampling; llama_sample_tail_free of
 * llama.cpp before 2024-10.
 */
export function tailFree(candidates: Candidates, z: number, minKeep: number): void {
  if (z >= 1 || candidates.size <= 2) return
  candidates.sort()
  const probs = candidates.probabilities()
  const n = probs.length - 2
  const curvature = new Float64Array(n)
  let sum = 0
  for (let i = 0; i < n; i++) {
    curvature[i] = Math.abs(probs[i]! - 2 * probs[i + 1]! + probs[i + 2]!)
    sum += curvature[i]!
  }
  let total = 0
  for (let i = 0; i < n; i++) {
    total += sum > 1e-6 ? curvature[i]! / sum : 1 / n
    if (total > z && i >= Math.max(1, minKeep)) {
      candidates.size = i
      return
    }
  }
}
