// The variable `loop`.
import type { Budget } from './budget.ts'
import { isEqual, iterate, listOf, sizeOf } from './compare.ts'
import { typeError } from './errors.ts'
import { Callable, Fixed, Lazy, orElse, Tuple, Undefined, type Value } from './values.ts'

/** The state of a loop. Looks ahead by one item at most, unless its length is requested. */
export class LoopContext extends Fixed {
  readonly typeName = 'LoopContext'
  readonly #budget: Budget
  readonly #depth0: number
  /** Undefined: the loop is not recursive. */
  readonly #recurse: ((iterable: Value) => Value) | undefined
  #items: Iterator<Value>
  #length: number | undefined
  #index0 = -1
  #before: Value | undefined
  #current: Value | undefined
  #after: Value | undefined
  #changed: Value | undefined

  constructor(iterable: Value, budget: Budget, depth0: number, recurse?: (iterable: Value) => Value) {
    super()
    this.#budget = budget
    this.#depth0 = depth0
    this.#recurse = recurse
    this.#items = iterate(iterable)
    this.#length = iterable instanceof Lazy ? undefined : sizeOf(iterable)
  }

  /** @returns undefined at the end. */
  next(): Value | undefined {
    const item = this.#peek()
    this.#after = undefined
    if (item === undefined) return undefined
    this.#index0 += 1
    this.#before = this.#current
    this.#current = item
    return item
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return this.#index0 + 1
      case 'index0':
        return this.#index0
      case 'revindex':
        return this.#total() - this.#index0
      case 'revindex0':
        return this.#total() - this.#index0 - 1
      case 'first':
        return this.#index0 === 0
      case 'last':
        return this.#peek() === undefined
      case 'length':
      case '__len__':
        return this.#total()
      case 'depth':
        return this.#depth0 + 1
      case 'depth0':
        return this.#depth0
      case 'previtem':
        return this.#index0 === 0 ? new Undefined('there is no previous item') : this.#before!
      case 'nextitem':
        return orElse(this.#peek(), () => new Undefined('there is no next item'))
      case 'cycle':
        return new Callable('cycle', (args) => this.#cycle(args))
      case 'changed':
        return new Callable('changed', (args) => this.#hasChanged(args))
      case '__call__':
        return new Callable('loop', ([iterable]) => this.#call(iterable))
      default:
        return undefined
    }
  }

  repr(): string {
    return `<LoopContext ${this.#index0 + 1}/${this.#total()}>`
  }

  #pull(): Value | undefined {
    const { value, done } = this.#items.next()
    return done ? undefined : value
  }

  #peek(): Value | undefined {
    if (this.#after === undefined) this.#after = this.#pull()
    return this.#after
  }

  #total(): number {
    if (this.#length === undefined) {
      const rest = listOf(new Lazy(this.#items), this.#budget)
      this.#items = rest.values()
      this.#length = rest.length + this.#index0 + 1 + (this.#after === undefined ? 0 : 1)
    }
    return this.#length
  }

  #cycle(args: readonly Value[]): Value {
    if (args.length === 0) throw typeError('no items for cycling given')
    return args[this.#index0 % args.length]!
  }

  #hasChanged(args: readonly Value[]): boolean {
    const value = new Tuple(args)
    const hasChanged = this.#changed === undefined || !isEqual(this.#changed, value, this.#budget)
    if (hasChanged) this.#changed = value
    return hasChanged
  }

  #call(iterable: Value | undefined): Value {
    if (this.#recurse === undefined) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.")
    }
    if (iterable === undefined) throw typeError("loop() missing 1 required positional argument: 'iterable'")
    return this.#recurse(iterable)
  }
}
