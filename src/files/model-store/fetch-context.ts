/** The input that every kind of source gets for one fetch. */

export interface FetchContext {
  /** Absolute, exists, locked for this fetch. */
  readonly modelsDir: string
  /** The file to fill; bytes already in it are the file's first ones. */
  readonly partPath: string
  readonly progress: 'bar' | 'none'
  readonly log: (line: string) => void
  readonly signal: AbortSignal | undefined
}
