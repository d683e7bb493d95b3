// Evaluates expressions.
import type { Budget } from './budget.ts'
import { compare, isTruthy, iterate, listOf } from './compare.ts'
import { TemplateError, typeError } from './errors.ts'
import type { Engine, Filter } from './filters/filter.ts'
import { sequenceFilters } from './filters/sequences.ts'
import { textFilters } from './filters/texts.ts'
import { valueFilters } from './filters/values.ts'
import type { Arguments, Constant, Expression, Filter as FilterNode } from './nodes.ts'
import { binary, unary } from './operators.ts'
import { str } from './print.ts'
import type { Scope } from './scope.ts'
import { slice } from './slice.ts'
import { attributeOf, itemOf } from './subscript.ts'
import { makeTests, type Test } from './tests.ts'
import {
  Callable,
  Dict,
  Fixed,
  Float,
  type KeywordArguments,
  noKeywords,
  orElse,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

const filters: ReadonlyMap<string, Filter> = new Map(
  Object.entries({ ...textFilters, ...sequenceFilters, ...valueFilters }),
)
const testNames = new Set<string>()
const filterNames = new Set(filters.keys())
const tests: ReadonlyMap<string, Test> = new Map(Object.entries(makeTests({ filters: filterNames, tests: testNames })))
for (const name of tests.keys()) testNames.add(name)

/** The filters and tests that exist. */
export const known = { filters: filterNames, tests: testNames }

export class Evaluator implements Engine {
  readonly budget: Budget

  constructor(budget: Budget) {
    this.budget = budget
  }

  evaluate(node: Expression, scope: Scope): Value {
    this.budget.spend(1)
    switch (node.type) {
      case 'constant':
        return constant(node.value)
      case 'name':
        return orElse(scope.get(node.name), () => new Undefined(`'${node.name}' is undefined`))
      case 'attribute':
        return attributeOf(this.evaluate(node.object, scope), node.name, this.budget)
      case 'item':
        return itemOf(this.evaluate(node.object, scope), this.evaluate(node.index, scope), this.budget)
      case 'slice': {
        const object = this.evaluate(node.object, scope)
        const part = (bound: Expression | undefined) => bound && this.evaluate(bound, scope)
        return slice(object, { start: part(node.start), stop: part(node.stop), step: part(node.step) }, this.budget)
      }
      case 'call':
        return this.call(this.evaluate(node.callee, scope), ...this.args(node.args, scope))
      case 'filter':
        return this.evaluateFilter(node, scope, undefined)
      case 'test':
        return this.test(node.name, this.evaluate(node.operand, scope), ...this.args(node.args, scope))
      case 'compare':
        return this.#compare(node, scope)
      case 'and': {
        const left = this.evaluate(node.left, scope)
        return isTruthy(left) ? this.evaluate(node.right, scope) : left
      }
      case 'or': {
        const left = this.evaluate(node.left, scope)
        return isTruthy(left) ? left : this.evaluate(node.right, scope)
      }
      case 'not':
        return !isTruthy(this.evaluate(node.operand, scope))
      case 'if-else':
        return this.#ifElse(node, scope)
      case 'binary':
        return binary(node.operator, this.evaluate(node.left, scope), this.evaluate(node.right, scope), this.budget)
      case 'unary':
        return unary(node.operator, this.evaluate(node.operand, scope))
      case 'concat':
        return this.#concat(node.items, scope)
      case 'list':
        return node.items.map((item) => this.evaluate(item, scope))
      case 'tuple':
        return new Tuple(node.items.map((item) => this.evaluate(item, scope)))
      case 'dict': {
        const dict = new Dict()
        for (const [key, value] of node.items) dict.set(this.evaluate(key, scope), this.evaluate(value, scope))
        return dict
      }
    }
  }

  isTrue(node: Expression, scope: Scope): boolean {
    return isTruthy(this.evaluate(node, scope))
  }

  /** @param block the text to which a filter without an operand is applied. */
  evaluateFilter(node: FilterNode, scope: Scope, block: string | undefined): Value {
    const { operand } = node
    let value: Value
    if (operand === undefined) value = block ?? ''
    else if (operand.type === 'filter') value = this.evaluateFilter(operand, scope, block)
    else value = this.evaluate(operand, scope)
    return this.filter(node.name, value, ...this.args(node.args, scope))
  }

  filter(name: string, value: Value, args: readonly Value[], named: KeywordArguments): Value {
    const filter = filters.get(name)
    if (filter === undefined) throw new TemplateError('TemplateRuntimeError', `No filter named '${name}'.`)
    return filter(value, args, named, this)
  }

  test(name: string, value: Value, args: readonly Value[], named: KeywordArguments): boolean {
    const test = tests.get(name)
    if (test === undefined) throw new TemplateError('TemplateRuntimeError', `No test named '${name}'.`)
    return test(value, args, named, this.budget)
  }

  call(callee: Value, args: readonly Value[], named: KeywordArguments): Value {
    if (callee instanceof Callable) return callee.call(args, named)
    if (callee instanceof Undefined) return callee.fail()
    const own = callee instanceof Fixed ? callee.attribute('__call__') : undefined
    if (own instanceof Callable) return own.call(args, named)
    throw typeError(`'${typeName(callee)}' object is not callable`)
  }

  args({ positional, named, rest, restNamed }: Arguments, scope: Scope): [readonly Value[], KeywordArguments] {
    const args = positional.map((arg) => this.evaluate(arg, scope))
    if (rest !== undefined) for (const arg of iterate(this.evaluate(rest, scope))) args.push(arg)
    if (named.length === 0 && restNamed === undefined) return [args, noKeywords]
    const keywords = new Map(named.map(([name, value]) => [name, this.evaluate(value, scope)]))
    if (restNamed !== undefined) {
      const more = this.evaluate(restNamed, scope)
      if (!(more instanceof Dict)) throw typeError(`argument after ** must be a mapping, not ${typeName(more)}`)
      for (const [key, value] of more.entries()) {
        const name = textOf(key)
        if (name === undefined) throw typeError('keywords must be strings')
        if (keywords.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`)
        keywords.set(name, value)
      }
    }
    return [args, keywords]
  }

  /** As many values as there are targets. @throws TemplateError */
  unpack(value: Value, count: number): readonly Value[] {
    if (value instanceof Tuple && value.items.length === count) return value.items
    if (value instanceof Undefined && count > 0) throw notEnough(count, 0)
    let items: Value[]
    try {
      items = listOf(value, this.budget)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      throw typeError(`cannot unpack non-iterable ${typeName(value)} object`)
    }
    if (items.length < count) throw notEnough(count, items.length)
    if (items.length > count) throw new TemplateError('ValueError', `too many values to unpack (expected ${count})`)
    return items
  }

  #compare(node: Expression & { type: 'compare' }, scope: Scope): boolean {
    let left = this.evaluate(node.first, scope)
    for (const [operator, operand] of node.rest) {
      const right = this.evaluate(operand, scope)
      if (!compare(operator, left, right, this.budget)) return false
      left = right
    }
    return true
  }

  #ifElse(node: Expression & { type: 'if-else' }, scope: Scope): Value {
    if (this.isTrue(node.condition, scope)) return this.evaluate(node.then, scope)
    if (node.otherwise !== undefined) return this.evaluate(node.otherwise, scope)
    return new Undefined(
      `the inline if-expression on line ${node.line} evaluated to false and no else section was defined.`,
    )
  }

  #concat(items: readonly Expression[], scope: Scope): string {
    return items
      .map((item) => str(this.evaluate(item, scope), this.budget))
      .reduce((left, right) => {
        this.budget.concat(left.length, right.length)
        return left + right
      })
  }
}

function notEnough(wanted: number, got: number): TemplateError {
  return new TemplateError('ValueError', `not enough values to unpack (expected ${wanted}, got ${got})`)
}

function constant(value: Constant): Value {
  return typeof value === 'object' && value !== null ? new Float(value.float) : value
}
