// Flags of llama-server that change nothing here: what they switch is always so, or has nothing to work on.
import type { Flag } from './flag.ts'

export const peerFlags = {
  cacheRam: ignored(['-cram', '--cache-ram'], 'context', 'N', 'Prompts are cached in the slots, not beside them.'),
  cacheIdleSlots: ignored(
    ['--cache-idle-slots', '--no-cache-idle-slots'],
    'context',
    undefined,
    'Idle slots always keep what they computed.',
  ),
  swaFull: ignored(['--swa-full'], 'context', undefined, 'The cache of sliding windows always has its full size.'),
  backendSampling: ignored(
    ['-bs', '--backend-sampling', '--backend_sampling'],
    'sampling',
    undefined,
    'Sampling has one place.',
  ),
  warmup: ignored(['--warmup', '--no-warmup'], 'general', undefined, 'The model is always warmed up.'),
} as const satisfies Record<string, Flag>

function ignored<const A extends string | undefined>(
  flags: readonly string[],
  group: Flag['group'],
  arg: A,
  help: string,
): Flag & { readonly support: 'no effect' } {
  return {
    flags,
    type: arg === undefined ? 'boolean' : 'string',
    ...(arg === undefined ? {} : { arg }),
    help,
    group,
    support: 'no effect',
  }
}
