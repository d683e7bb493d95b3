/**
 * Checks the left corner of each rule: the other rules entered before any text is read. libllama
 * follows these when it loads a grammar (to find left recursion) and after each character (to find
 * what may come next); this check makes sure that it terminates both times, and soon.
 *
 * Left recursion is refused where libllama refuses it, and where libllama misses it and would never
 * stop. libllama treats a rule as nullable only if it has an empty alternative of its own, so `a
 * root "x"` hides the recursion when `a` is nullable through another rule. If nothing follows the
 * recursive reference, as in `("a"?)*`, libllama's stacks do not grow and it stops, so such
 * grammars are accepted.
 */
import { stronglyConnected } from './components.ts'
import type { GrammarLimits } from './limits.ts'
import { GrammarError } from './problem.ts'
import { type Production, TERMINAL } from './productions.ts'

/** @throws GrammarError for left recursion, or when a limit is exceeded. */
export function checkLeftCorners(productions: readonly Production[], limits: GrammarLimits): void {
  const seen = leftCorners(productions, isDirectlyEmpty(productions))
  const seenComponents = stronglyConnected(seen.map((c) => c.targets))
  for (const component of seenComponents) {
    if (isCyclic(component, seen)) throw leftRecursion(productions, component, seen)
  }
  checkSearch(productions, seen, seenComponents.flat(), limits)

  const all = leftCorners(productions, isNullable(productions))
  const components = stronglyConnected(all.map((c) => c.targets))
  const componentOf = new Int32Array(productions.length)
  for (const [i, component] of components.entries()) for (const member of component) componentOf[member] = i
  for (const component of components) {
    if (isGrowing(component, all, componentOf)) throw leftRecursion(productions, component, all)
  }
  checkStacks(productions, all, components, componentOf, limits)
}

/**
 * The productions that one production can start with, and for each whether something follows it
 * there. May repeat.
 */
type LeftCorner = { readonly targets: number[]; readonly isFollowed: boolean[] }

function leftCorners(productions: readonly Production[], canSkip: readonly boolean[]): LeftCorner[] {
  return productions.map(({ alternatives }) => {
    const corner: LeftCorner = { targets: [], isFollowed: [] }
    for (const symbols of alternatives) {
      for (let i = 0; i < symbols.length; i++) {
        const symbol = symbols[i]!
        if (symbol === TERMINAL) break
        corner.targets.push(symbol)
        corner.isFollowed.push(i + 1 < symbols.length)
        if (!canSkip[symbol]) break
      }
    }
    return corner
  })
}

/** Finds the productions that libllama treats as nullable. */
function isDirectlyEmpty(productions: readonly Production[]): boolean[] {
  return productions.map(({ alternatives }) => alternatives.some((symbols) => symbols.length === 0))
}

/**
 * Finds the nullable productions: those with an alternative of nullable productions only. Linear in
 * the productions.
 */
function isNullable(productions: readonly Production[]): boolean[] {
  type Pending = { readonly production: number; nLeft: number }
  const nullable = new Array<boolean>(productions.length).fill(false)
  const waiting: Pending[][] = productions.map(() => [])
  const found: number[] = []
  const add = (production: number): void => {
    if (!nullable[production]) found.push(production)
    nullable[production] = true
  }
  for (const [production, { alternatives }] of productions.entries()) {
    for (const symbols of alternatives) {
      if (symbols.length === 0) add(production)
      if (symbols.at(-1) === TERMINAL) continue
      const pending = { production, nLeft: symbols.length }
      for (const symbol of symbols) waiting[symbol]!.push(pending)
    }
  }
  for (let next = found.pop(); next !== undefined; next = found.pop()) {
    for (const pending of waiting[next]!) if (--pending.nLeft === 0) add(pending.production)
  }
  return nullable
}

function isCyclic(component: readonly number[], corners: readonly LeftCorner[]): boolean {
  return component.length > 1 || corners[component[0]!]!.targets.includes(component[0]!)
}

/** Whether some cycle in the component grows libllama's stack each time around. */
function isGrowing(component: readonly number[], corners: readonly LeftCorner[], componentOf: Int32Array): boolean {
  return component.some((member) => {
    const { targets, isFollowed } = corners[member]!
    return targets.some((target, i) => isFollowed[i] && componentOf[target] === componentOf[member])
  })
}

/**
 * Bounds libllama's search for left recursion, which is recursive and visits a rule once for every
 * way to it.
 */
function checkSearch(
  productions: readonly Production[],
  corners: readonly LeftCorner[],
  calleesFirst: readonly number[],
  limits: GrammarLimits,
): void {
  const depth = new Float64Array(productions.length)
  const calls = new Float64Array(productions.length)
  for (const production of calleesFirst) {
    let deepest = 0
    let nCalls = 1
    for (const target of corners[production]!.targets) {
      deepest = Math.max(deepest, depth[target]!)
      nCalls += calls[target]!
    }
    depth[production] = deepest + 1
    calls[production] = nCalls
    if (deepest + 1 > limits.leftmostDepth) {
      const { owner, at } = productions[production]!
      throw new GrammarError(at, `rule "${owner}" starts with more than ${limits.leftmostDepth} rules, one in another`)
    }
  }
  // It starts from each rule that no earlier search has reached.
  const isSearched = new Uint8Array(productions.length)
  let nCalls = 0
  for (const [start, { owner, at }] of productions.entries()) {
    if (isSearched[start]) continue
    nCalls += calls[start]!
    if (nCalls > limits.leftmostCalls) {
      throw new GrammarError(at, `rule "${owner}" can start in too many ways: over ${limits.leftmostCalls} steps`)
    }
    const todo = [start]
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (isSearched[next]) continue
      isSearched[next] = 1
      for (const target of corners[next]!.targets) todo.push(target)
    }
  }
}

/**
 * Bounds the stacks that libllama opens when it enters a rule: one for each way down to a terminal
 * and one for each step on the way. Each is as long as the number of references on the way that
 * something follows. This is an upper bound: libllama drops equal stacks. A component has no
 * growing cycle here, so all its members open the same stacks: those that lead out of it.
 */
function checkStacks(
  productions: readonly Production[],
  corners: readonly LeftCorner[],
  calleesFirst: readonly (readonly number[])[],
  componentOf: Int32Array,
  limits: GrammarLimits,
): void {
  const stacks = new Float64Array(productions.length)
  const entries = new Float64Array(productions.length)
  for (const component of calleesFirst) {
    let nStacks = 0
    let nEntries = 0
    for (const member of component) {
      const { targets, isFollowed } = corners[member]!
      nStacks += productions[member]!.alternatives.length
      nEntries += productions[member]!.alternatives.length
      for (let i = 0; i < targets.length; i++) {
        const target = targets[i]!
        if (componentOf[target] === componentOf[member]) continue
        nStacks += stacks[target]! + 1
        nEntries += entries[target]! + (isFollowed[i] ? stacks[target]! : 0) + 1
      }
    }
    for (const member of component) {
      stacks[member] = nStacks
      entries[member] = nEntries
    }
    const { owner, at } = productions[component[0]!]!
    if (nStacks > limits.openStacks) {
      throw new GrammarError(
        at,
        `rule "${owner}" can start in more than ${limits.openStacks} ways; alternatives that begin alike can be one`,
      )
    }
    if (nEntries > limits.openStackEntries) {
      throw new GrammarError(at, `rule "${owner}" starts too deep: over ${limits.openStackEntries} stack entries`)
    }
  }
}

/**
 * The error for a component on a cycle: names the first written rule in it, or else the repetition
 * at fault.
 */
function leftRecursion(
  productions: readonly Production[],
  component: readonly number[],
  corners: readonly LeftCorner[],
): GrammarError {
  const written = component.filter((n) => productions[n]!.kind === 'rule')
  if (written.length === 0) {
    const repetition = component.find((n) => productions[n]!.kind === 'repetition') ?? component[0]!
    const { owner, at } = productions[repetition]!
    return new GrammarError(at, `left recursion in rule "${owner}": this repeats something that can be empty`)
  }
  const start = written.reduce((a, b) => (productions[a]!.at <= productions[b]!.at ? a : b))
  const cycle = shortestCycle(start, corners)
  const isHidden = cycle.some((n, i) => i > 0 && !productions[cycle[i - 1]!]!.alternatives.some((s) => s[0] === n))
  const owners = cycle.map((n) => productions[n]!.owner)
  const names = owners.filter((name, i) => i === 0 || name !== owners[i - 1])
  if (names.length === 1) names.push(names[0]!)
  const shown = names.length > 8 ? [...names.slice(0, 6), '…', names.at(-1)!] : names
  const { owner, at } = productions[start]!
  const how = isHidden ? ' behind something that can be empty' : ''
  return new GrammarError(at, `left recursion in rule "${owner}"${how}: ${shown.join(' -> ')}`)
}

/** The path from `start`, which lies on a cycle, around and back to it. */
function shortestCycle(start: number, corners: readonly LeftCorner[]): number[] {
  const cameFrom = new Map<number, number>()
  const queue = [start]
  for (const node of queue) {
    for (const target of corners[node]!.targets) {
      if (target === start) {
        const cycle = [start]
        for (let back = node; back !== start; back = cameFrom.get(back)!) cycle.unshift(back)
        cycle.unshift(start)
        return cycle
      }
      if (!cameFrom.has(target)) {
        cameFrom.set(target, node)
        queue.push(target)
      }
    }
  }
  return [start, start]
}
