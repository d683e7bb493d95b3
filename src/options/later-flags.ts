// Flags of the specification whose feature is not there yet: refused by name until it is.
import type { Flag } from './flag.ts'

export const laterFlags = {
  slotSavePath: later(['--slot-save-path'], 'server', 'DIR', 'Where slots are saved.'),
  metrics: later(['--metrics'], 'server', undefined, 'Serve /metrics.'),
} as const satisfies Record<string, Flag>

function later<const A extends string | undefined>(
  flags: readonly string[],
  group: Flag['group'],
  arg: A,
  help: string,
): Flag & { readonly support: 'later' } {
  return {
    flags,
    type: arg === undefined ? 'boolean' : 'string',
    ...(arg === undefined ? {} : { arg }),
    help,
    group,
    support: 'later',
  }
}
