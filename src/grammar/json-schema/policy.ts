// Decides about keywords that no grammar can enforce, and lists everything that is not enforced.
import { SchemaError } from './problem.ts'

/**
 * A keyword that the grammar does not enforce: its schema's place as a JSON pointer, its name, and
 * why.
 */
export type Ignored = { readonly path: string; readonly keyword: string; readonly reason: string }

/** The maximum number listed of one kind; thousands would not help a reader. */
const maxListed = 100

export class Policy {
  readonly #isStrict: boolean
  readonly #ignored = new Map<string, Ignored>()

  /** @param onUnenforceable the treatment of a known keyword that no grammar can enforce. */
  constructor(onUnenforceable: 'refuse' | 'relax') {
    this.#isStrict = onUnenforceable === 'refuse'
  }

  get isStrict(): boolean {
    return this.#isStrict
  }

  get ignored(): readonly Ignored[] {
    return [...this.#ignored.values()]
  }

  /** Skips a keyword that does not restrict the valid texts. */
  ignore(path: string, keyword: string, reason: string): void {
    if (this.#ignored.size < maxListed) this.#ignored.set(`${path}/${keyword}`, { path, keyword, reason })
  }

  /**
   * Refuses or skips, as the caller chose, a keyword that restricts texts and cannot be enforced.
   * @param at the place of the keyword.
   * @throws SchemaError
   */
  fail(at: string, reason: string): void {
    if (this.#isStrict) throw new SchemaError(at, reason)
    const slash = at.lastIndexOf('/')
    this.ignore(at.slice(0, Math.max(0, slash)), at.slice(slash + 1), reason)
  }

  /** Records that an alternative was left out because something in it cannot be enforced. */
  leaveOut(error: SchemaError): void {
    const [place = '', ...reason] = error.message.split(': ')
    const slash = place.lastIndexOf('/')
    this.ignore(place.slice(0, Math.max(0, slash)), place.slice(slash + 1), `left out: ${reason.join(': ')}`)
  }
}
