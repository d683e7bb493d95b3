// A flag of llama-server that Cria does not have, and why.

export type UnservedFlag = {
  /** Every spelling, including those that switch it off. */
  readonly flags: readonly string[]
  readonly env?: string
  /** Its effect in llama-server, to follow "it": "fetches the model from a URL". */
  readonly does: string
  /**
   * `planned`: a later version of Cria serves it. `not ours`: outside the scope of a model server,
   * or done by something else. `removed`: llama-server refuses it, too.
   */
  readonly standing: 'planned' | 'not ours' | 'removed'
  /** The alternative, as an instruction: "give the file with -m". */
  readonly instead?: string
}

/** The text after the name of the flag. */
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
