// Flags of llama-server that have no effect here: Cria always behaves so, or has nothing to which
// they apply.
import type { Flag } from './flag.ts'

export const peerFlags = {
  cacheRam: ignored('-cram --cache-ram', 'context', 'Prompts are cached in the slots, not beside them.', {
    arg: 'MIB',
    env: 'LLAMA_ARG_CACHE_RAM',
  }),
  cacheIdleSlots: ignored(
    '--cache-idle-slots --no-cache-idle-slots',
    'context',
    'Idle slots always keep what they computed.',
    { env: 'LLAMA_ARG_CACHE_IDLE_SLOTS', harmless: ['--cache-idle-slots'] },
  ),
  swaFull: ignored('--swa-full', 'context', 'The cache of sliding windows always has its full size.', {
    env: 'LLAMA_ARG_SWA_FULL',
    harmless: ['--swa-full'],
  }),
  defragThold: ignored('-dt --defrag-thold', 'context', 'The cache needs no defragmentation.', {
    arg: 'N',
    env: 'LLAMA_ARG_DEFRAG_THOLD',
    harmless: ['-dt', '--defrag-thold'],
  }),
  fit: ignored('-fit --fit', 'model', 'Nothing is fitted to the memory of a device: -ngl and -c decide.', {
    arg: 'on|off',
    env: 'LLAMA_ARG_FIT',
  }),
  backendSampling: ignored(
    '-bs --backend-sampling --backend_sampling',
    'sampling',
    'Tokens are always sampled on the CPU.',
    { env: 'LLAMA_ARG_BACKEND_SAMPLING' },
  ),
  threadsHttp: ignored('--threads-http', 'server', 'Requests are read by one thread that never waits.', {
    arg: 'N',
    env: 'LLAMA_ARG_THREADS_HTTP',
    harmless: ['--threads-http'],
  }),
  perf: ignored('--perf --no-perf', 'log', "libllama's own timings are never printed; answers have theirs.", {
    env: 'LLAMA_ARG_PERF',
    harmless: ['--no-perf'],
  }),
  escape: ignored('-e --escape --no-escape', 'general', 'No prompt is given on the command line.', {
    harmless: ['-e', '--escape', '--no-escape'],
  }),
  warmup: ignored('--warmup --no-warmup', 'general', 'The model is always warmed up.', { harmless: ['--warmup'] }),
} as const satisfies Record<string, Flag>

type Details = Pick<Flag, 'arg' | 'env' | 'harmless'>

/**
 * @param flags every spelling, separated by blanks. @param help why it has no effect, as a
 *   sentence.
 */
function ignored(
  flags: string,
  group: Flag['group'],
  help: string,
  details: Details,
): Flag & { readonly support: 'no effect' } {
  return {
    flags: flags.split(' '),
    type: details.arg === undefined ? 'boolean' : 'string',
    ...details,
    help,
    group,
    support: 'no effect',
  }
}
