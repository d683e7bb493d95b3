// Makes the GGUF of all-MiniLM-L6-v2, the embedding model of tests and examples, unless it exists.
// Prints its path.
//   npx tsx scripts/make-minilm.ts
// A BERT of your own: bertGguf(FOLDER, NAME) in scripts/bert-gguf.ts.
import { minilm } from '../test/support/minilm.ts'

const made = await minilm()
if ('missing' in made) {
  console.error(made.missing)
  process.exitCode = 1
} else {
  console.log(made.model)
}
