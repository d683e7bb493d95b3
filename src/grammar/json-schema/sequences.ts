/**
 * Members or items in a row with commas between them, each with the blank after it. Rows with a
 * limited count are written as rules that count.
 */
import { either, repeated } from './gbnf-text.ts'
import { TooMuch } from './problem.ts'
import type { Rules } from './rules.ts'

/** `item` is an item of a grammar. */
export type Member = { readonly item: string; readonly isRequired: boolean }

/** The allowed number of them. */
export type Count = { readonly min: number; readonly max: number }

/** The maximum number of rules of one row that counts. */
const maxStates = 4_000

/**
 * @param members in their order, each at most once.
 * @param more an item that follows them any number of times; undefined for none.
 * @param isDistinct whether the reader distinguishes any two of `more`, so that each counts.
 * @returns an expression; undefined when no row has an allowed count.
 */
export function row(
  members: readonly Member[],
  more: string | undefined,
  count: Count,
  rules: Rules,
): string | undefined {
  const nRequired = members.filter(({ isRequired }) => isRequired).length
  const most = more === undefined ? members.length : Number.POSITIVE_INFINITY
  if (count.min > most || count.max < nRequired) return undefined
  const isCounted = count.min > nRequired || count.max < most
  return isCounted ? countedRow(members, more, count, rules) : freeRow(members, more, rules)
}

function freeRow(members: readonly Member[], more: string | undefined, rules: Rules): string {
  const others = more === undefined ? '' : `("," space ${more} space)*`
  const after = (i: number) => {
    const next = ({ item, isRequired }: Member) =>
      isRequired ? `"," space ${item} space` : `("," space ${item} space)?`
    return [...members.slice(i).map(next), others].join(' ').trimEnd()
  }
  const firstRequired = members.findIndex(({ isRequired }) => isRequired)
  const nFirst = firstRequired < 0 ? members.length : firstRequired
  // any optional member may be the first, and so have no comma
  const rests: string[] = [after(nFirst)]
  for (let i = nFirst - 1; i > 0; i--) {
    rests.unshift(rules.item(`("," space ${members[i]!.item} space)? ${rests[0]}`.trimEnd(), 'rest'))
  }
  const starts = members.slice(0, nFirst).map(({ item }, i) => `${item} space ${rests[i]}`.trimEnd())
  if (firstRequired >= 0) starts.push(`${members[nFirst]!.item} space ${after(nFirst + 1)}`.trimEnd())
  else if (more !== undefined) starts.push(`${more} space ${others}`)
  if (starts.length === 0) return ''
  return firstRequired >= 0 ? either(starts) : `(${starts.join(' | ')})?`
}

function countedRow(
  members: readonly Member[],
  more: string | undefined,
  { min, max }: Count,
  rules: Rules,
): string | undefined {
  const nRequiredAfter = members.map((_, i) => members.slice(i).filter(({ isRequired }) => isRequired).length)
  const cap = Math.min(members.length, Math.max(min, max === Number.POSITIVE_INFINITY ? 1 : max, 1))
  if (members.length * (cap + 1) > maxStates) {
    throw new TooMuch('', `counting ${members.length} properties takes more than ${maxStates} rules`)
  }
  const known = new Map<number, string | undefined>()
  /**
   * The row from member i on, after n members; n stops at `cap`, beyond which the count does not
   * matter.
   */
  const from = (i: number, n: number): string | undefined => {
    if (i === members.length) return tail(n)
    if ((nRequiredAfter[i] ?? 0) + n > max) return undefined
    const key = i * (cap + 1) + n
    if (known.has(key)) return known.get(key)
    const { item, isRequired } = members[i]!
    const alternatives: string[] = []
    const rest = n < max ? from(i + 1, Math.min(cap, n + 1)) : undefined
    if (rest !== undefined) alternatives.push(`${n > 0 ? '"," space ' : ''}${item} space ${rest}`.trimEnd())
    const without = isRequired ? undefined : from(i + 1, n)
    if (without !== undefined) alternatives.push(without === '' ? '""' : without)
    const body = alternatives.length === 0 ? undefined : rules.item(alternatives.join(' | '), 'counted')
    known.set(key, body)
    return body
  }
  const tail = (n: number): string | undefined => {
    const least = Math.max(0, min - n)
    const most = max === Number.POSITIVE_INFINITY ? max : max - n
    if (least === 0 && (most <= 0 || more === undefined)) return ''
    if (more === undefined) return undefined
    if (n > 0) return repeated(`("," space ${more} space)`, least, most, (body) => rules.item(body, 'more'))
    const others = repeated(`("," space ${more} space)`, Math.max(0, least - 1), most - 1, (body) =>
      rules.item(body, 'more'),
    )
    const all = `${more} space ${others === '""' ? '' : others}`.trimEnd()
    return least === 0 ? `(${all})?` : all
  }
  return from(0, 0)
}
