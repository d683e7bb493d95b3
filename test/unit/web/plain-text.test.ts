import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from '../../../web/src/markdown/plain-text.ts'

test('Markdown becomes the text that it shows', () => {
  const cases: [string, string][] = [
    ['# Head\n\nSome **bold** and *italic* `code`.', 'Head\n\nSome bold and italic code.'],
    ['- one\n- two\n  - inner\n\n1. first\n2. second', '- one\n- two\n  - inner\n\n1. first\n2. second'],
    ['| A | B |\n|--|--|\n| 1 | **2** |', 'A\tB\n1\t2'],
    ['```js\nconst a = 1\n```\n\n---\n\n> quoted\n> text', 'const a = 1\n\nquoted\ntext'],
    ['[page](https://example.org) <https://example.org>', 'page (https://example.org) https://example.org'],
    ['H<sub>2</sub>O[^1] \\* $x^2$\nnext\n\n[^1]: A *note*.', 'H2O[1] * x^2\nnext\n\n[1] A note.'],
    ['<details><summary>More</summary>\n\nHidden\n\n</details>\n\n- [x] done', 'More\n\nHidden\n\n- done'],
    ['', ''],
  ]
  for (const [markdown, text] of cases) assert.equal(plainText(markdown), text, markdown)
})
