// What `npm run peer-suite` recorded: one line a test, `passed` or `failed` and its name, in the order of names.

export type PeerResult = { readonly name: string; readonly isPassed: boolean }

/** @returns the results, and the files of the suite that they are of. */
export function peerResults(tsv: string): { files: readonly string[]; results: readonly PeerResult[] } {
  const results = tsv
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf('\t')
      return { name: line.slice(at + 1), isPassed: line.slice(0, at) === 'passed' }
    })
  const files = [...new Set(results.map(({ name }) => name.replace(/^test_/, '').replace(/\.py.*$/s, '')))]
  return { files, results }
}
