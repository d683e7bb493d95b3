// The amount of logging, from the two flags that set it.
import type { Options } from '../options/table.ts'

/** 0 to 5, as in --log-verbosity. */
export function verbosityOf({ verbose, logVerbosity }: Pick<Options, 'verbose' | 'logVerbosity'>): number {
  return Math.min(5, verbose ? Math.max(4, logVerbosity) : logVerbosity)
}
