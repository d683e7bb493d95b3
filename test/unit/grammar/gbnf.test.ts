/**
 * The verdicts here were compared with libllama v0.5.0 (llama_sampler_init_grammar over a vocab-only model), for these
 * and some 20000 random grammars. Where ours differs on purpose, the test's name says so.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  defaultGrammarLimits,
  type GrammarLimits,
  type GrammarProblem,
  parseGrammar,
  positionAt,
} from '../../../src/grammar/gbnf.ts'

function problemOf(source: string, limits?: Partial<GrammarLimits>): GrammarProblem | undefined {
  const result = parseGrammar(source, limits)
  return result.ok ? undefined : result.problem
}

/** `line:column message`, or 'ok'. */
function verdict(source: string): string {
  const problem = problemOf(source)
  return problem === undefined ? 'ok' : `${problem.line}:${problem.column} ${problem.message}`
}

function assertVerdicts(cases: readonly (readonly [source: string, expected: string])[]): void {
  for (const [source, expected] of cases) {
    assert.equal(verdict(source), expected, JSON.stringify(source.slice(0, 200)))
  }
}

function assertAccepted(sources: readonly string[]): void {
  assertVerdicts(sources.map((source) => [source, 'ok']))
}

const root = (body: string): string => `root ::= ${body}`

test('parseGrammar() accepts a whole JSON grammar', () => {
  const source = String.raw`
# a comment
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws

object ::= (
  "{" ws ( string ":" ws value
    ("," ws string ":" ws value)*   # new lines are spaces here
  )? "}" ws
)
array  ::= "[" ws ( value ("," ws value)* )? "]" ws
string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" ws
number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
ws     ::= | " " | "\n" [ \t]{0,20}
`
  assertAccepted([source, source.replaceAll('\n', '\r\n')])
})

test('parseGrammar() accepts strings and classes in every spelling', () => {
  assertAccepted([
    root(String.raw`"\t\r\n\\\"\[\]\-\x41\u00e9\U0001F600" [\t\r\n\\\"\[\]\-\x41\u00e9\U0001F600]`),
    root('"a\nb" [\n]'),
    root('"é日😀" [à-ü] [^😀-😂] "" [] [^]'),
    root('[a-] [-a] [--a] [a-b-c] [^^] [[] [\\--z] [a-z\\]]'),
    root('[z-ab] [^z-a] [^\\x00] [\\x00-\\x1f] [\\x00-\\UFFFFFFFF]'),
    root('"\\ud83d\\ude00"'),
  ])
})

test('parseGrammar() refuses bad strings and classes', () => {
  assertVerdicts([
    ['root ::= "a', '1:10 string is not closed: expected "\\""'],
    ['root ::= "a\\', '1:12 unexpected end of grammar after "\\"'],
    ['root ::= "a\\q"', '1:12 unknown escape "\\q"'],
    ["root ::= 'a'", '1:10 expected a new line after rule "root", found "\'"'],
    ['root ::= "\\x4"', '1:11 expected 2 hexadecimal digits after "\\x"'],
    ['root ::= "\\u00g0"', '1:11 expected 4 hexadecimal digits after "\\u"'],
    ['root ::= "\\U0001F60"', '1:11 expected 8 hexadecimal digits after "\\U"'],
    ['root ::= [a', '1:10 character class is not closed: expected "]"'],
    ['root ::= [a-', '1:13 unexpected end of grammar'],
  ])
})

test('parseGrammar() refuses terminals that nothing can match, which libllama accepts and then gets stuck on', () => {
  assertVerdicts([
    ['root ::= [a--]', '1:10 no character matches [a--]: its range is out of order'],
    ['root ::= [z-a]', '1:10 no character matches [z-a]: its range is out of order'],
    ['root ::= "ab\\x00"', '1:13 no text contains the character \\x00'],
    ['root ::= "\\U00110000"', '1:11 no text contains the character \\U00110000'],
    ['root ::= [\\x00]', '1:10 no character matches [\\x00]'],
    ['root ::= [^\\x00-\\U0010FFFF]', '1:10 no character matches [^\\x00-\\U0010FFFF]'],
    ['root ::= [^b-\\U0010FFFF\\x00-a]', '1:10 no character matches [^b-\\U0010FFFF\\x00-a]'],
  ])
})

test('parseGrammar() reads rules, spaces and new lines as libllama does', () => {
  assertAccepted([
    'root::="a"',
    '  root ::= "a" # c\n# d\n\n',
    'root ::=',
    'root ::= \n\n "a" |\n\n # c\n "b"\r\nb ::= "c"\rc ::= "d"',
    root('(\n"a"\n|\n"b"\n*\n)'),
    root('() (()) (|) | | a.b\na ::= "x"\nb ::= "y"'),
    `${root('0 - A-9')}\n0 ::= "x"\n- ::= "y"\nA-9 ::= "z"`,
  ])
  assertVerdicts([
    ['root', '1:5 expected "::=" after rule name "root"'],
    ['root\n::= "a"', '1:5 expected "::=" after rule name "root"'],
    ['root_1 ::= "a"', '1:5 expected "::=" after rule name "root"'],
    ['\uFEFFroot ::= "a"', '1:1 expected a rule name, found "\uFEFF"'],
    ['root ::= "a"\n| "b"', '2:1 expected a rule name, found "|"'],
    ['root ::= "a"\r\n  * "b"', '2:3 expected a rule name, found "*"'],
    ['root ::=\nfoo ::= "a"', '2:5 expected a new line after rule "root", found ":"'],
    ['root ::= "😀" )', '1:14 expected a new line after rule "root", found ")"'],
    ['root ::= "a"\u00a0"b"', '1:13 expected a new line after rule "root", found "\u00a0"'],
    ['root ::= ( "a"\nb ::= "b"', '2:3 expected ")" to close the "(" at line 1, column 10, found ":"'],
    ['root ::= (', '1:11 expected ")" to close the "(" at line 1, column 10, found the end of the grammar'],
  ])
})

test('parseGrammar() wants every rule defined, and root', () => {
  assertVerdicts([
    ['', '1:1 missing rule "root"'],
    [' # nothing', '1:1 missing rule "root"'],
    ['a ::= "a"', '1:1 missing rule "root"'],
    ['root ::= "a"\nb ::= "x" (expr | "y")', '2:12 undefined rule "expr"'],
    ['a ::= root', '1:7 undefined rule "root"'],
  ])
  assertAccepted(['root ::= "a"\nroot ::= "b"', 'root ::= root "a"\nroot ::= "b"'])
})

test('parseGrammar() refuses an undefined rule even where libllama drops the reference', () => {
  assertVerdicts([
    ['root ::= foo{0}', '1:10 undefined rule "foo"'],
    ['root ::= b\nroot ::= "b"', '1:10 undefined rule "b"'],
  ])
})

test('parseGrammar() reads repetitions as libllama does', () => {
  assertAccepted([
    root('"a"* "b"+ "c"? "d"{2} "e"{2,} "f"{2,3} "g"{ 2 , 3 } "h"{0} "i"{0,0} "j"{002,0000003}'),
    root('("a"{2,\n3})'),
    root('"a" *'),
    root('"a"+* ("b"?)* "c"+?'),
    root('"a"{2000} "b"{0,2000} "c"{0,2001} "d"{5,99999} "e"{1,18446744073709551615}'),
  ])
  assertVerdicts([
    ['root ::= *', '1:10 expected something to repeat before "*"'],
    ['root ::= "a" | {2}', '1:16 expected something to repeat before "{"'],
    ['root ::= ""*', '1:12 repetition of something that is always empty'],
    ['root ::= []+', '1:12 repetition of something that is always empty'],
    ['root ::= "a"{0}?', '1:16 repetition of something that is always empty'],
    ['root ::= "a"{', '1:14 expected the number of repetitions, found the end of the grammar'],
    ['root ::= "a"{,2}', '1:14 expected the number of repetitions, found ","'],
    ['root ::= "a"{2;3}', '1:15 expected "}" to close the repetition, found ";"'],
    ['root ::= "a"{2,\n3}', '1:16 expected "}" to close the repetition, found a new line'],
    ['root ::= "a"{2001}', '1:13 2001 repetitions are over the limit of 2000'],
    ['root ::= "a"{1,18446744073709551616}', '1:16 the maximum of the repetition is over 64 bits'],
  ])
})

test('parseGrammar() refuses a minimum over the maximum, on which libllama never returns', () => {
  assertVerdicts([
    ['root ::= "a"{3,2}', '1:13 repetition minimum 3 is over its maximum 2'],
    ['root ::= "a"{1,0}', '1:13 repetition minimum 1 is over its maximum 0'],
  ])
})

test('parseGrammar() multiplies nested repetitions as libllama does, first mentions of other rules included', () => {
  const letters = 'a ::= "a"\nb ::= "b"\nc ::= "c"\nd ::= "d"\n'
  assertAccepted([
    root('"a"{2}{1000}'),
    root('("a"{50}){2000}'),
    root('("a"{0,40}){48}'),
    `${root('(a b c d){400}')}\n${letters}`,
    `${letters}${root('(a b c d){2000}')}`,
  ])
  assertVerdicts([
    [root('"a"{2}{1001}'), '1:16 repetitions multiply to 2002 rules, over the limit of 2000'],
    [root('("a"{0,40}){49}'), '1:21 repetitions multiply to 2009 rules, over the limit of 2000'],
    [`${root('(a b c d){401}')}\n${letters}`, '1:19 repetitions multiply to 2005 rules, over the limit of 2000'],
  ])
})

test('parseGrammar() refuses left recursion and names the rule', () => {
  assertVerdicts([
    ['root ::= root', '1:1 left recursion in rule "root": root -> root'],
    ['root ::= e\ne ::= e "+" e | "1"', '2:1 left recursion in rule "e": e -> e'],
    ['root ::= a\na ::= "x" | (b "y")\nb ::= c\nc ::= a', '2:1 left recursion in rule "a": a -> b -> c -> a'],
    ['root ::= "x"\nunused ::= unused', '2:1 left recursion in rule "unused": unused -> unused'],
    [
      'root ::= ws root "y" | "z"\nws ::= | " "',
      '1:1 left recursion in rule "root" behind something that can be empty: root -> root',
    ],
    ['root ::= "a"?*', '1:14 left recursion in rule "root": this repeats something that can be empty'],
    ['root ::= ("a"|)+', '1:16 left recursion in rule "root": this repeats something that can be empty'],
  ])
  assertAccepted(['root ::= "x" root | ""', 'root ::= a\na ::= "(" a ")" | "x" a'])
})

test('parseGrammar() sees left recursion behind a rule that is nullable through another, where libllama hangs', () => {
  assertVerdicts([
    [
      'root ::= a root "y" | "z"\na ::= b\nb ::= "x" |',
      '1:1 left recursion in rule "root" behind something that can be empty: root -> root',
    ],
  ])
})

test('parseGrammar() accepts a repetition of something nullable where libllama does, since its stacks do not grow', () => {
  assertAccepted([
    root('("a"?)*'),
    root('(ws item?)*\nws ::= [ ]*\nitem ::= "i"'),
    'root ::= a root | "y"\na ::= b\nb ::= "x" |',
  ])
})

test('parseGrammar() accepts token references and refuses malformed ones', () => {
  assertAccepted([root('<[0]> !<[5]>* <think> !</think>{2,3} <|a b|> <[2147483647]>')])
  assertVerdicts([
    ['root ::= <[2147483648]>', '1:10 token id 2147483648 is over 2147483647'],
    ['root ::= <[a]>', '1:12 expected a token id, found "a"'],
    ['root ::= <[5] >', '1:13 expected "]>" after the token id'],
    ['root ::= <think', '1:10 token is not closed: expected ">"'],
    ['root ::= ! <[5]>', '1:11 expected "<" after "!"'],
  ])
})

test('parseGrammar() lists the tokens for a caller with a vocabulary', () => {
  const source = 'root ::= "a" |\n  !</think>* <[7]>'
  const result = parseGrammar(source)
  assert(result.ok)
  assert.deepEqual(
    result.grammar.tokens.map(({ at, ...token }) => ({ ...positionAt(source, at), ...token })),
    [
      { line: 2, column: 3, kind: 'text', text: '</think>' },
      { line: 2, column: 14, kind: 'id', id: 7 },
    ],
  )
})

test('parseGrammar() gives the tree as it was written', () => {
  const result = parseGrammar('root ::= "hé" x{2}* | [^a-c_]\nx ::= (.)')
  assert(result.ok)
  assert.deepEqual(result.grammar, {
    tokens: [],
    rules: [
      {
        name: 'root',
        at: 0,
        alternatives: [
          [
            { element: { kind: 'literal', at: 9, codePoints: [0x68, 0xe9] }, repetitions: [] },
            {
              element: { kind: 'reference', at: 14, name: 'x' },
              repetitions: [
                { at: 15, min: 2, max: 2 },
                { at: 18, min: 0, max: Number.POSITIVE_INFINITY },
              ],
            },
          ],
          [
            {
              element: {
                kind: 'class',
                at: 22,
                negated: true,
                ranges: [
                  { from: 0x61, to: 0x63 },
                  { from: 0x5f, to: 0x5f },
                ],
              },
              repetitions: [],
            },
          ],
        ],
      },
      {
        name: 'x',
        at: 30,
        alternatives: [
          [
            {
              element: {
                kind: 'group',
                at: 36,
                alternatives: [[{ element: { kind: 'any', at: 37 }, repetitions: [] }]],
              },
              repetitions: [],
            },
          ],
        ],
      },
    ],
  })
})

test('parseGrammar() refuses text that would not reach libllama whole', () => {
  assertVerdicts([
    ['root ::= "a" # \0\n', '1:16 grammar contains a NUL character'],
    ['root ::= "\ud83d"', '1:11 grammar contains half a surrogate pair'],
  ])
})

/** a0 to a(n), each starting with the next, in the given alternatives; `@` stands for the next. */
function ladder(n: number, alternatives: string): string {
  const rules = Array.from({ length: n }, (_, i) => `a${i} ::= ${alternatives.replaceAll('@', `a${i + 1}`)}`)
  return ['root ::= a0', ...rules, `a${n} ::= "x"`].join('\n')
}

test('parseGrammar() refuses what would exhaust the stack, the memory or the patience of libllama', () => {
  const nested = (n: number): string => root(`${'('.repeat(n)}"a"${')'.repeat(n)}`)
  const ok: readonly string[] = [
    nested(256),
    ladder(1900, '@'),
    ladder(1400, '@ "y"'),
    ladder(9, '@ "x" | @ "y"'),
    root('"a"{0,2000} '.repeat(40)),
    root(Array.from({ length: 4_000 }, (_, i) => `"${i}"`).join('|')),
    `${root('ws{0,500} "x"')}\nws ::= " "*`,
  ]
  assertAccepted(ok)
  const refused: readonly (readonly [string, RegExp])[] = [
    [nested(257), /^parentheses are nested more than 256 deep$/],
    [nested(100_000), /^parentheses are nested more than 256 deep$/],
    [ladder(4200, '@'), /starts with more than 4096 rules, one in another$/],
    [ladder(3000, '@ "y"'), /starts too deep: over 2000000 stack entries$/],
    [ladder(20, '@ "x" | @ "y"'), /can start in more than 4096 ways; alternatives that begin alike can be one$/],
    [root(Array.from({ length: 5_000 }, (_, i) => `"${i}"`).join('|')), /can start in more than 4096 ways/],
    [ladder(40, '@ | @'), /can start in too many ways: over 10000000 steps$/],
    [root('"a"{0,2000} '.repeat(1000)), /unrolls to more than 2000000 elements$/],
    [root(`"${'a'.repeat(100_000)}"{2000}`), /unrolls to more than 2000000 elements$/],
    [root(`"${'a'.repeat(100_000)}"${'{1}'.repeat(30_000)}`), /unrolls to more than 2000000 elements$/],
    [root('"a"\n'.padEnd(300_000)), /^grammar is over 262144 bytes$/],
  ]
  for (const [source, expected] of refused) {
    assert.match(problemOf(source)?.message ?? 'ok', expected)
  }
})

test('parseGrammar() takes its limits from the caller, over the defaults', () => {
  assert.equal(problemOf(root('("é")'), { sourceBytes: 15, nestingDepth: 1 }), undefined)
  assert.equal(problemOf(root('("é")'), { sourceBytes: 14 })?.message, 'grammar is over 14 bytes')
  assert.equal(problemOf(root('("é")'), { nestingDepth: 0 })?.message, 'parentheses are nested more than 0 deep')
  assert.equal(defaultGrammarLimits.nestingDepth, 256)
})

test('parseGrammar() agrees with a plain simulation of libllama on random left corners', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = mulberry32(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const nRefused = { left: 0, none: 0 }
  for (let run = 0; run < 3000; run++) {
    const names = ['root', 'a', 'b', 'c', 'd'].slice(0, 2 + below(4))
    const rules = names.map((_, i) =>
      Array.from({ length: 1 + below(2) }, () =>
        Array.from({ length: below(4) }, () => {
          if (below(3) === 0) return TEXT
          return below(4) > 0 ? Math.min(i + 1 + below(names.length), names.length - 1) : below(names.length)
        }),
      ),
    )
    const show = (symbol: number): string => (symbol === TEXT ? '"x"' : names[symbol]!)
    const showAll = (symbols: readonly number[]): string => symbols.map(show).join(' ') || '""'
    const source = rules.map((r, i) => `${names[i]} ::= ${r.map(showAll).join(' | ')}`).join('\n')
    const isLoaded = simulatedLoad(rules)
    nRefused[isLoaded ? 'none' : 'left']++
    assert.equal(verdict(source) === 'ok', isLoaded, `seed ${seed}, run ${run}:\n${source}\n${verdict(source)}`)
    if (!isLoaded) assert.match(verdict(source), /left recursion in rule/)
  }
  assert(Math.min(...Object.values(nRefused)) > 300, `both verdicts are common: ${JSON.stringify(nRefused)}`)
})

const TEXT = -1

/** Whether libllama finds no left recursion of its own, and then comes to an end expanding every rule. */
function simulatedLoad(rules: readonly (readonly (readonly number[])[])[]): boolean {
  const inProgress = new Set<number>()
  const findsRecursion = (rule: number): boolean => {
    if (inProgress.has(rule)) return true
    inProgress.add(rule)
    for (const symbols of rules[rule]!) {
      for (const symbol of symbols) {
        if (symbol === TEXT) break
        if (findsRecursion(symbol)) return true
        if (!rules[symbol]!.some((s) => s.length === 0)) break
      }
    }
    inProgress.delete(rule)
    return false
  }
  if (rules.some((_, rule) => findsRecursion(rule))) return false
  return rules.every((_, rule) => {
    // A stack is a list of places "rule.alternative.index", the next to read last.
    const seen = new Set<string>()
    const todo: string[][] = [[]]
    const at = (r: number, a: number, i: number): string[] => (i < rules[r]![a]!.length ? [`${r}.${a}.${i}`] : [])
    todo.push(...rules[rule]!.map((_, a) => at(rule, a, 0)))
    for (let stack = todo.pop(); stack !== undefined; stack = todo.pop()) {
      if (seen.has(stack.join())) continue
      seen.add(stack.join())
      if (seen.size > 3000 || stack.length > 60) return false
      const top = stack.at(-1)
      if (top === undefined) continue
      const [r, a, i] = top.split('.').map(Number) as [number, number, number]
      const symbol = rules[r]![a]![i]!
      if (symbol === TEXT) continue
      for (const next of rules[symbol]!.keys())
        todo.push([...stack.slice(0, -1), ...at(r, a, i + 1), ...at(symbol, next, 0)])
    }
    return true
  })
}

test('parseGrammar() never throws, and always points into the source', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = mulberry32(seed)
  const pieces = [
    'root ::= ',
    'a ::= ',
    '"x" ',
    '[a-z]',
    '"',
    '[',
    ']',
    '(',
    ')',
    '|',
    '*',
    '+',
    '?',
    '{',
    '}',
    '{2,3}',
  ]
  pieces.push(
    '{0}',
    ',',
    '\n',
    '\r\n',
    ' ',
    '#',
    '\\',
    '\\x',
    '<',
    '>',
    '!',
    '<[1]>',
    '9',
    '-',
    'a',
    'é',
    '😀',
    '.',
    '^',
    ':',
  )
  for (let run = 0; run < 5000; run++) {
    let source = 'root ::= '
    for (let n = Math.floor(random() * 12); n > 0; n--) source += pieces[Math.floor(random() * pieces.length)]
    const problem = problemOf(source)
    if (problem === undefined) continue
    const lines = source.split(/\r\n|\n|\r/)
    const line = lines[problem.line - 1]
    assert(line !== undefined && problem.column <= [...line].length + 1, `seed ${seed}, ${JSON.stringify(source)}`)
    assert.match(problem.message, /\S/)
  }
})

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
