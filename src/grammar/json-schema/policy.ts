// What becomes of the keywords that no grammar can follow, and the list of all that is not followed.
import { SchemaError } from './problem.ts'

/** A keyword that the grammar does not follow: its schema's place as a JSON pointer, its name, and why. */
export type Ignored = { readonly path: string; readonly keyword: string; readonly reason: string }

/** Of one kind so many are listed; thousands would help no reader. */
const maxListed = 100

export class Policy {
  readonly #isStrict: boolean
  readonly #ignored = new Map<string, Ignored>()

  /** @param onUnenforceable what a known keyword leads to that no grammar can follow. */
  constructor(onUnenforceable: 'refuse' | 'relax') {
    this.#isStrict = onUnenforceable === 'refuse'
  }

  get isStrict(): boolean {
    return this.#isStrict
  }

  get ignored(): readonly Ignored[] {
    return [...this.#ignored.values()]
  }

  /** Passes over a keyword that says nothing of which texts are valid. */
  ignore(path: string, keyword: string, reason: string): void {
    if (this.#ignored.size < maxListed) this.#ignored.set(`${path}/${keyword}`, { path, keyword, reason })
  }

  /**
   * A keyword that says something and cannot be followed: refused, or passed over, as the caller wants.
   * @param at the place of the keyword.
   * @throws SchemaError
   */
  fail(at: string, reason: string): void {
    if (this.#isStrict) throw new SchemaError(at, reason)
    const slash = at.lastIndexOf('/')
    this.ignore(at.slice(0, Math.max(0, slash)), at.slice(slash + 1), reason)
  }

  /** An alternative was left out since something in it cannot be followed. */
  leaveOut(error: SchemaError): void {
    const [place = '', ...reason] = error.message.split(': ')
    const slash = place.lastIndexOf('/')
    this.ignore(place.slice(0, Math.max(0, slash)), place.slice(slash + 1), `left out: ${reason.join(': ')}`)
  }
}
