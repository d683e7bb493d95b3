// Walks over a parsed template: collects the names that it reads, and finds faults before it is
// rendered.
import { TemplateSyntaxError } from './errors.ts'
import type { Body, Expression, Statement } from './nodes.ts'

type Node = { readonly type: string }

/** The variables that a body reads, wherever they are set. */
export function namesIn(body: Body): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (node: Node) => {
    if (node.type === 'name') names.add((node as Expression & { type: 'name' }).name)
    for (const child of childrenOf(node)) visit(child)
  }
  for (const statement of body) visit(statement)
  return names
}

export type KnownNames = { readonly filters: ReadonlySet<string>; readonly tests: ReadonlySet<string> }

const ownScope = new Set(['for', 'set-block', 'with', 'macro', 'call-block', 'filter-block', 'generation', 'block'])
const ownFunction = new Set(['macro', 'call-block', 'generation', 'block'])

/**
 * Refuses the templates that Jinja2 refuses to compile: filters and tests that do not exist, unless
 * they are in a conditional branch, and `break` or `continue` outside a loop.
 * @throws TemplateSyntaxError
 */
export function checkNames(body: Body, known: KnownNames): void {
  const visit = (node: Node, isConditional: boolean, isInLoop: boolean): void => {
    if ((node.type === 'break' || node.type === 'continue') && !isInLoop) {
      throw new TemplateSyntaxError(`'${node.type}' outside loop`, (node as Statement & { type: 'break' }).line)
    }
    if ((node.type === 'filter' || node.type === 'test') && !isConditional) {
      const { name, line } = node as Expression & { type: 'filter' | 'test' }
      const names = node.type === 'filter' ? known.filters : known.tests
      if (!names.has(name)) throw new TemplateSyntaxError(`No ${node.type} named '${name}'.`, line)
    }
    const isNowConditional =
      node.type === 'if' || node.type === 'if-else' || (isConditional && !ownScope.has(node.type))
    const isNowInLoop = node.type === 'for' || (isInLoop && !ownFunction.has(node.type))
    for (const child of childrenOf(node)) visit(child, isNowConditional, isNowInLoop)
  }
  for (const statement of body) visit(statement, false, false)
}

function childrenOf(node: object): Node[] {
  return Object.values(node).flatMap((value: unknown): Node[] => {
    if (typeof value !== 'object' || value === null || value instanceof Set) return []
    return 'type' in value ? [value as Node] : childrenOf(value)
  })
}
