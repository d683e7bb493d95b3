// Finds English that slows a reader down: patterns over comments, messages and Markdown.
// The rules are those of CONTRIBUTING: a summary starts with a verb or a noun, and so on.

/** A passage that a rule objects to, at a line counted from 1. */
export type Fault = { readonly line: number; readonly reason: string }

/** A passage of prose and the line on which it begins. */
type Passage = { readonly line: number; readonly text: string }

const maxColumns = 100

/** Patterns of prose, each with what to write instead. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\b(?<!there )(?:is|are|was|were) no (?!longer\b|more\b|less\b|better\b)/i, '"is no X": write "is not an X"'],
  [/\bshall\b/i, '"shall": write "must" or "can"'],
  [/\b(?:nobody|somebody)\b/i, '"nobody", "somebody": name who it is ("a client", "no request")'],
  [/\b(?:told|tells?|brings?)\b/i, '"told", "tells", "brings": write "reported", "sent", "says", "has"'],
  [/\bof which\b/i, '"of which": write "whose", or two sentences'],
  [/\bthe ones? that\b/i, '"the one that": name the thing'],
  [/\bso that\b[^.;:]*\bso that\b/i, 'two "so that" in one sentence'],
]

const summaryOpening = /^(?:What|Who|Whose|How|All that)\b/
const openingReason = 'a summary starts with a verb or a noun, not with What, Who, Whose, How or All that'

/** Returns the faults of TypeScript source: its comments and the messages in its strings. */
export function faultsOfSource(source: string): Fault[] {
  const lines = source.split('\n')
  const comments = commentsOf(lines)
  return sorted([
    ...comments.flatMap(faultsOfPassage),
    ...comments.filter(({ text }) => summaryOpening.test(text)).map(({ line }) => ({ line, reason: openingReason })),
    ...messagesOf(lines).flatMap(faultsOfPassage),
    ...lines.flatMap((text, index) => {
      const isProse = /^\s*(?:\/\/ ?|\/\*\*? |\* )\S/.test(text)
      const isLong = isProse && text.length > maxColumns
      return isLong && !/biome-ignore|https?:/.test(text)
        ? [{ line: index + 1, reason: `a comment ends at ${maxColumns} columns, this line at ${text.length}` }]
        : []
    }),
  ])
}

/** Returns the faults of Markdown; fenced code is passed over. */
export function faultsOfMarkdown(source: string): Fault[] {
  let isCode = false
  const passages = source.split('\n').map((text, index) => {
    if (/^\s*```/.test(text)) isCode = !isCode
    return { line: index + 1, text: isCode ? '' : text }
  })
  return sorted(passages.flatMap(faultsOfPassage))
}

function faultsOfPassage({ line, text }: Passage): Fault[] {
  const prose = withoutQuotations(text)
  return rules.filter(([pattern]) => pattern.test(prose)).map(([, reason]) => ({ line, reason }))
}

/** Code and quotations are others' words. */
function withoutQuotations(text: string): string {
  return text.replaceAll(/`[^`]*`|"[^"]*"|“[^”]*”/g, '…')
}

/** Comments, each as one text: a block, a run of line comments, or the end of a line of code. */
function commentsOf(lines: readonly string[]): Passage[] {
  const found: { line: number; text: string }[] = []
  let isBlock = false
  let follows = false
  lines.forEach((full, index) => {
    const text = full.trim()
    const isLine = text.startsWith('//')
    if (isBlock || isLine || text.startsWith('/*')) {
      const words = text.replace(/^(?:\/\*\*?|\*(?!\/)|\/\/)\s?/, '').replace(/\s*\*\/.*$/, '')
      if (isBlock || (isLine && follows)) found.at(-1)!.text = `${found.at(-1)!.text} ${words}`.trim()
      else found.push({ line: index + 1, text: words })
      isBlock = !isLine && !text.includes('*/')
    } else {
      const atEnd = /^[^'"`]*\s\/\/ (.*)$/.exec(text)
      if (atEnd !== null) found.push({ line: index + 1, text: atEnd[1]! })
    }
    follows = isLine
  })
  return found
}

/** Strings of three words or more: messages, help texts and names of tests. */
function messagesOf(lines: readonly string[]): Passage[] {
  return lines.flatMap((line, index) =>
    /^\s*(?:\/\/|\/?\*|(?:test|it|describe)\()/.test(line)
      ? []
      : [...line.matchAll(/'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)]
          .map((match) => match[1] ?? match[2]!)
          .filter((text) => text.split(' ').length > 2)
          .map((text) => ({ line: index + 1, text })),
  )
}

function sorted(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((left, right) => left.line - right.line)
}
