// A flag of llama-server that Cria does not have, and why.

export type UnservedFlag = {
  /** Every spelling, those that switch it off too. */
  readonly flags: readonly string[]
  readonly env?: string
  /** What it does in llama-server, behind "it": "fetches the model from a URL". */
  readonly does: string
  /**
   * `planned`: a later version of Cria serves it. `not ours`: a server of models should not do it, or something else does.
   * `removed`: llama-server refuses it, too.
   */
  readonly standing: 'planned' | 'not ours' | 'removed'
  /** What to do in its place, as an instruction: "give the file with -m". */
  readonly instead?: string
}

/** What is said behind the name of the flag. */
export function reason({ does, standing, instead }: UnservedFlag): string {
  const ends = instead === undefined ? '' : `; ${instead}`
  switch (standing) {
    case 'planned':
      return `is planned but not served yet (it ${does})${ends}`
    case 'not ours':
      return `is a flag of llama-server that Cria does not serve (it ${does})${ends}`
    case 'removed':
      return `was removed from llama-server (it ${does})${ends}`
  }
}
