// How much is logged, from the two flags that say so.
import type { Options } from '../options/table.ts'

/** 0 to 5, as --log-verbosity has it. */
export function verbosityOf({ verbose, logVerbosity }: Pick<Options, 'verbose' | 'logVerbosity'>): number {
  return Math.min(5, verbose ? Math.max(4, logVerbosity) : logVerbosity)
}
