// Regular expressions and automata as GBNF.
import type { CodePoints } from '../automaton/code-points.ts'
import type { Dfa } from '../automaton/dfa.ts'
import { lengthOf, type PlainRegex } from '../automaton/regex.ts'
import { either, literal, times } from './gbnf-text.ts'
import type { Rules } from './rules.ts'

/**
 * The way to write a set of characters: an expression, or undefined when none of them can be
 * written.
 */
export type WriteChars = (ranges: readonly CodePoints[]) => string | undefined

/** @returns an expression; undefined when no matching text can be written. */
export function regexToGbnf(regex: PlainRegex, write: WriteChars): string | undefined {
  switch (regex.kind) {
    case 'set':
      return write(regex.ranges)
    case 'sequence': {
      const parts = regex.items.map((item) => regexToGbnf(item, write))
      if (parts.includes(undefined)) return undefined
      return parts.length === 0 ? '""' : joined(parts as string[])
    }
    case 'either': {
      const parts = regex.alternatives.flatMap((alternative) => regexToGbnf(alternative, write) ?? [])
      return parts.length === 0 ? undefined : either(parts)
    }
    case 'repeat': {
      const item = regexToGbnf(regex.item, write)
      if (item === undefined) return regex.min === 0 ? '""' : undefined
      if (regex.max === 0 || item === '""') return '""'
      return `${isItem(item) ? item : `(${item})`}${times(regex.min, regex.max)}`
    }
  }
}

/**
 * The maximum number of repetitions that libllama accepts for one item, and for one item times the
 * repetitions inside it.
 */
const maxRepetitions = 2000

/**
 * Whether libllama accepts the expression of the tree: it refuses to repeat an item that can be
 * empty, or too often.
 */
export function canBeWritten(regex: PlainRegex, nTimes = 1): boolean {
  switch (regex.kind) {
    case 'set':
      return true
    case 'sequence':
      return regex.items.every((item) => canBeWritten(item, nTimes))
    case 'either':
      return regex.alternatives.every((item) => canBeWritten(item, nTimes))
    case 'repeat': {
      const most = nTimes * Math.max(1, regex.max === Number.POSITIVE_INFINITY ? regex.min : regex.max)
      if (most > maxRepetitions || !canBeWritten(regex.item, most)) return false
      return regex.max <= 1 || lengthOf(regex.item).min > 0
    }
  }
}

/** Sets of characters that take longer expressions become rules: an automaton repeats them. */
const longestSet = 12

/** Groups nested deeper become rules of their own. */
const maxNesting = 24

/**
 * An automaton as an expression: each text is read in one way, so libllama has a single parse to
 * follow. A state that is reached from several others, or from a later one, is a rule; the rest is
 * written inline.
 */
export function dfaToGbnf(dfa: Dfa, writeChars: WriteChars, rules: Rules): string {
  const write = (ranges: readonly CodePoints[]) => {
    const chars = writeChars(ranges)
    return chars !== undefined && chars.length > longestSet ? rules.item(chars, 'chars') : chars
  }
  const steps = dfa.states.map((_, state) =>
    dfa.steps(state).flatMap(({ ranges, to }) => {
      const chars = write(ranges)
      return chars === undefined ? [] : [{ chars, to }]
    }),
  )
  const nComings = new Int32Array(steps.length)
  for (const [from, each] of steps.entries()) for (const { to } of each) if (to !== from) nComings[to]!++
  const names = new Map<number, string>()
  const todo: number[] = []
  const nameOf = (state: number): string => {
    let name = names.get(state)
    if (name === undefined) {
      name = rules.reserve('t')
      names.set(state, name)
      todo.push(state)
    }
    return name
  }
  const expression = (state: number, depth: number): string => {
    const alternatives: string[] = []
    let loop = ''
    for (const { chars, to } of steps[state]!) {
      if (to === state) {
        loop = `${isItem(chars) ? chars : `(${chars})`}*`
        continue
      }
      const isRule = nComings[to]! > 1 || to === 0 || depth >= maxNesting
      const rest = isRule ? nameOf(to) : expression(to, depth + 1)
      alternatives.push(joined([chars, rest]))
    }
    const mayEnd = dfa.states[state]!.isAccepting
    if (alternatives.length === 0) return loop === '' ? '""' : loop
    const isBare = alternatives.length === 1 && !mayEnd
    const choice = isBare ? alternatives[0]! : `(${alternatives.join(' | ')})${mayEnd ? '?' : ''}`
    return loop === '' ? choice : `${loop} ${choice}`
  }
  const hasLoop = nComings[0]! > 0
  const first = hasLoop ? nameOf(0) : expression(0, 0)
  for (let state = todo.pop(); state !== undefined; state = todo.pop())
    rules.set(names.get(state)!, expression(state, 0))
  return first
}

const terminal = /^(?:[A-Za-z][A-Za-z0-9-]*|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\])$/

/** A name, a terminal, or a group as `either` makes it. */
function isItem(expression: string): boolean {
  return terminal.test(expression) || /^\([^()"[\]]*\)$/.test(expression)
}

/** Concatenates expressions; adjacent literals become one. */
function joined(parts: readonly string[]): string {
  const result: string[] = []
  for (const part of parts) {
    if (part === '""') continue
    const last = result.at(-1)
    const startsPlain = /^"((?:[^"\\]|\\.)*)"/.exec(part)
    if (last !== undefined && startsPlain !== null && /^"(?:[^"\\]|\\.)*"$/.test(last)) {
      const rest = part.slice(startsPlain[0].length)
      if (rest === '' || rest.startsWith(' ')) {
        result[result.length - 1] = `${last.slice(0, -1)}${startsPlain[1]}"${rest}`
        continue
      }
    }
    result.push(part)
  }
  return result.length === 0 ? literal('') : result.join(' ')
}
