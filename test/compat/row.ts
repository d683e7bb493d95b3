// What docs/compat.md is made of: rows that say where a thing stands in the specification and which tests prove it.
// A row without a test does not compile; that each test is there is checked by test/unit/docs/compat.test.ts.

/** A test as its file writes it; what a template fills in is `…`. */
export type Proof = { readonly file: string; readonly name: string }

export type Row = {
  readonly spec: string
  readonly proofs: readonly [Proof, ...Proof[]]
  /** What its own help does not say: a difference from the specification, or a reason. */
  readonly note?: string
}

/** @param file below test/, without `.test.ts`. @returns what names the tests of that file. */
export const testsOf =
  (file: string) =>
  (name: string): Proof => ({ file: `test/${file}.test.ts`, name })

/** @param proofs one test or several that together prove the row. */
export function row(spec: string, proofs: Proof | readonly [Proof, ...Proof[]], note?: string): Row {
  return { spec, proofs: 'file' in proofs ? [proofs] : proofs, ...(note === undefined ? {} : { note }) }
}

/** The same row for several names. */
export function rows<const N extends string>(names: readonly N[], same: Row): Readonly<Record<N, Row>> {
  return Object.fromEntries(names.map((name) => [name, same])) as Record<N, Row>
}

/** Where a row stands. The specification is the README of llama.cpp's server of January 2024. */
export const readme = {
  options: 'README: command line options',
  /** @param route as its heading, as in `/completion`. */
  endpoint: (route: string) => `README: ${route}`,
  result: 'README: result JSON',
  examples: 'README: more examples',
} as const
/** Not in the README, but read or answered by the server that it describes. */
export const inItsCode = 'the code it describes'
/** In llama-server of today. */
export const today = "today's llama-server"
/** In neither. */
export const ours = 'ours'
