// Puts a prefix before the names of a grammar's rules, so that several grammars can stand in one.

/**
 * @param grammar as `schemaToGrammar` writes it: one rule a line.
 * @returns the same rules; `root` is `${prefix}root`.
 */
export function prefixRules(grammar: string, prefix: string): string {
  const lines = grammar.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => `${line.replace(words, (word, name) => (name === undefined ? word : prefix + name))}\n`)
    .join('')
}

/** Literals and classes are skipped; the group is the name of a rule. */
const words = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{[\d,]*\}|([A-Za-z][A-Za-z0-9-]*)/g
