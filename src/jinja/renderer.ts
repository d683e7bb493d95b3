// Runs the statements of a template and collects its output.

import type { Budget } from './budget.ts'
import { iterate } from './compare.ts'
import { TemplateError, typeError } from './errors.ts'
import { Evaluator } from './evaluator.ts'
import { LoopContext } from './loop.ts'
import type { Body, Signature, Statement, Target } from './nodes.ts'
import { str } from './print.ts'
import { Scope } from './scope.ts'
import {
  Callable,
  Dict,
  type KeywordArguments,
  Lazy,
  Namespace,
  orElse,
  Tuple,
  Undefined,
  type Value,
} from './values.ts'

/**
 * The end of a body: reached normally, or by a statement that leaves or continues the loop around
 * it.
 */
type Ending = 'end' | 'break' | 'continue'

type For = Statement & { type: 'for' }

export class Renderer {
  readonly #budget: Budget
  readonly #evaluator: Evaluator
  readonly #root: Scope
  #output: string[] = []

  constructor(budget: Budget, root: Scope) {
    this.#budget = budget
    this.#evaluator = new Evaluator(budget)
    this.#root = root
  }

  render(body: Body): string {
    return this.#capture(() => this.#run(body, this.#root))
  }

  #run(body: Body, scope: Scope): Ending {
    for (const statement of body) {
      const ending = this.#execute(statement, scope)
      if (ending !== 'end') return ending
    }
    return 'end'
  }

  #execute(node: Statement, scope: Scope): Ending {
    this.#budget.spend(1)
    switch (node.type) {
      case 'text':
        this.#write(node.text)
        return 'end'
      case 'print':
        this.#write(str(this.#evaluator.evaluate(node.value, scope), this.#budget))
        return 'end'
      case 'if': {
        const branch = node.branches.find(({ condition }) => this.#evaluator.isTrue(condition, scope))
        return this.#run(branch?.body ?? node.otherwise, scope)
      }
      case 'for':
        return this.#for(node, scope)
      case 'set':
        this.#assign(node.target, this.#evaluator.evaluate(node.value, scope), scope)
        return 'end'
      case 'set-block': {
        const inner = new Scope(scope)
        const text = this.#capture(() => this.#run(node.body, inner))
        const value = node.filter === undefined ? text : this.#evaluator.evaluateFilter(node.filter, inner, text)
        this.#assign(node.target, value, scope)
        return 'end'
      }
      case 'with': {
        const inner = new Scope(scope)
        for (const [target, value] of node.targets) this.#assign(target, this.#evaluator.evaluate(value, scope), inner)
        return this.#run(node.body, inner)
      }
      case 'macro':
        scope.set(node.name, this.#macro(node.name, node.signature, scope))
        return 'end'
      case 'call-block': {
        const caller = this.#macro(undefined, node.signature, scope)
        const callee = this.#evaluator.evaluate(node.call.callee, scope)
        const [args, named] = this.#evaluator.args(node.call.args, scope)
        const value = this.#evaluator.call(callee, args, new Map([...named, ['caller', caller]]))
        this.#write(str(value, this.#budget))
        return 'end'
      }
      case 'filter-block': {
        const inner = new Scope(scope)
        let ending: Ending = 'end'
        const text = this.#capture(() => {
          ending = this.#run(node.body, inner)
        })
        if (ending !== 'end') return ending
        this.#write(str(this.#evaluator.evaluateFilter(node.filter, inner, text), this.#budget))
        return 'end'
      }
      case 'generation':
        this.#run(node.body, new Scope(scope))
        return 'end'
      case 'block':
        this.#run(node.body, new Scope(node.isScoped ? scope : this.#root))
        return 'end'
      case 'break':
      case 'continue':
        return node.type
    }
  }

  #for(node: For, scope: Scope): Ending {
    const iterable = this.#evaluator.evaluate(node.iterable, scope)
    if (!node.isRecursive) {
      this.#loop(node, iterable, scope, 0)
      return 'end'
    }
    this.#write(this.#capture(() => this.#loop(node, iterable, scope, 0)))
    return 'end'
  }

  #loop(node: For, iterable: Value, scope: Scope, depth0: number): void {
    const items = node.condition === undefined ? iterable : new Lazy(this.#filtered(node, iterable, scope))
    const recurse = (inner: Value) =>
      this.#budget.nested(() => this.#capture(() => this.#loop(node, inner, scope, depth0 + 1)))
    const loop = new LoopContext(items, this.#budget, depth0, node.isRecursive ? recurse : undefined)
    let isElse = true
    for (let item = loop.next(); item !== undefined; item = loop.next()) {
      this.#budget.spend(1)
      const inner = new Scope(scope)
      inner.set('loop', loop)
      this.#assign(node.target, item, inner)
      const ending = this.#run(node.body, inner)
      if (ending === 'break') break
      // as in Jinja2: an iteration that was left early does not count
      if (ending === 'end') isElse = false
    }
    if (isElse) this.#run(node.otherwise, new Scope(scope))
  }

  *#filtered(node: For, iterable: Value, scope: Scope): Generator<Value> {
    for (const item of iterate(iterable)) {
      const inner = new Scope(scope)
      this.#assign(node.target, item, inner)
      if (this.#evaluator.isTrue(node.condition!, inner)) yield item
    }
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.type === 'name') scope.set(target.name, value)
    else if (target.type === 'tuple') {
      const values = this.#evaluator.unpack(value, target.items.length)
      for (const [i, item] of target.items.entries()) this.#assign(item, values[i]!, scope)
    } else {
      const namespace = scope.get(target.name)
      if (!(namespace instanceof Namespace)) {
        throw new TemplateError('TemplateRuntimeError', 'cannot assign attribute on non-namespace object')
      }
      namespace.attributes.set(target.attribute, value)
    }
  }

  /** @param name undefined: the body of a call block. */
  #macro(name: string | undefined, signature: Signature, scope: Scope): Callable {
    const call = (args: readonly Value[], named: KeywordArguments) =>
      this.#budget.nested(() => {
        const inner = this.#bind(name ?? 'None', signature, args, named, scope)
        return this.#capture(() => this.#run(signature.body, inner))
      })
    return new Callable(name === undefined ? '<Macro anonymous>' : `<Macro '${name}'>`, call, 'Macro', name)
  }

  /** The variables that a macro begins with. Source: Macro.__call__ of Jinja2's runtime. */
  #bind(
    name: string,
    { parameters, reads }: Signature,
    args: readonly Value[],
    named: KeywordArguments,
    outer: Scope,
  ): Scope {
    const scope = new Scope(outer)
    const left = new Map(named)
    for (const [i, parameter] of parameters.entries()) {
      const value = args[i] === undefined ? left.get(parameter.name) : args[i]
      if (args[i] === undefined) left.delete(parameter.name)
      scope.set(
        parameter.name,
        orElse(value, () => this.#fallback(parameter, scope)),
      )
    }
    if (reads.has('caller') && !parameters.some((parameter) => parameter.name === 'caller')) {
      scope.set(
        'caller',
        orElse(left.get('caller'), () => new Undefined('No caller defined')),
      )
      left.delete('caller')
    }
    if (reads.has('kwargs')) scope.set('kwargs', Dict.of(left))
    else if (left.size > 0) throw typeError(unexpected(name, [...left.keys()]))
    if (reads.has('varargs')) scope.set('varargs', new Tuple(args.slice(parameters.length)))
    else if (args.length > parameters.length) {
      throw typeError(`macro '${name}' takes not more than ${parameters.length} argument(s)`)
    }
    return scope
  }

  #fallback({ name, fallback }: Signature['parameters'][number], scope: Scope): Value {
    if (fallback === undefined) return new Undefined(`parameter '${name}' was not provided`)
    return this.#evaluator.evaluate(fallback, scope)
  }

  #write(text: string): void {
    this.#budget.output(text.length)
    this.#output.push(text)
  }

  /** The output of `body`. */
  #capture(body: () => unknown): string {
    const outer = this.#output
    this.#output = []
    try {
      body()
      return this.#output.join('')
    } finally {
      this.#output = outer
    }
  }
}

function unexpected(macro: string, names: readonly string[]): string {
  if (names.includes('caller')) {
    return `macro '${macro}' was invoked with two values for the special caller argument. This is most likely a bug.`
  }
  return `macro '${macro}' takes no keyword argument '${names[0]}'`
}
