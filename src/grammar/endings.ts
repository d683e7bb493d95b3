// Finds whether a text of a grammar can end: with a rule that always leads back to itself, it
// cannot.
import type { Element, Grammar, Sequence } from './syntax.ts'

/** @returns false when `root` matches no finite text. */
export function canEnd(grammar: Grammar): boolean {
  const rules = new Map(grammar.rules.map(({ name, alternatives }) => [name, alternatives]))
  const users = new Map<string, Set<string>>()
  for (const [name, alternatives] of rules) {
    for (const used of references(alternatives)) {
      if (!users.has(used)) users.set(used, new Set())
      users.get(used)!.add(name)
    }
  }
  const ending = new Set<string>()
  const endsIn = (alternatives: readonly Sequence[]): boolean =>
    alternatives.some((sequence) =>
      sequence.every(({ element, repetitions }) => repetitions.some(({ min }) => min === 0) || elementEnds(element)),
    )
  const elementEnds = (element: Element): boolean => {
    if (element.kind === 'reference') return ending.has(element.name)
    return element.kind !== 'group' || endsIn(element.alternatives)
  }
  const todo = [...rules.keys()]
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (ending.has(name) || !endsIn(rules.get(name)!)) continue
    ending.add(name)
    for (const user of users.get(name) ?? []) todo.push(user)
  }
  return ending.has('root')
}

function* references(alternatives: readonly Sequence[]): Generator<string> {
  for (const sequence of alternatives) {
    for (const { element } of sequence) {
      if (element.kind === 'reference') yield element.name
      if (element.kind === 'group') yield* references(element.alternatives)
    }
  }
}
