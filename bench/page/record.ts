// Records the stream that bench/page/page.ts plays: a server's answers to a few questions, piece by
// piece, until there are 4,000.
//   tsx bench/page/record.ts http://127.0.0.1:8080
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const url = process.argv[2] ?? 'http://127.0.0.1:8080'
const nPieces = 4000
const questions = [
  'Write a long Python program with a class for a library of books, with comments.',
  'Explain step by step how a computer works, with headings, numbered lists and bold words.',
  'Write a table in Markdown with the columns planet, distance and moons.',
  'Write a long JavaScript program that sorts numbers in five ways.',
  'Write a long story about a llama that crosses the mountains.',
]

const pieces: string[] = []
for (let i = 0; pieces.length < nPieces; i++) {
  const question = questions[i % questions.length]!
  pieces.push(`\n\n## ${i + 1}. `, question, '\n\n')
  await generate(question, i)
}
const file = fileURLToPath(new URL('./recorded-stream.json', import.meta.url))
writeFileSync(file, `${JSON.stringify(pieces.slice(0, nPieces))}\n`)

async function generate(question: string, seed: number): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      messages: [{ role: 'user', content: question }],
      stream: true,
      seed,
      n_predict: 500,
      repeat_penalty: 1.1,
    }),
  })
  for (const line of (await response.text()).split('\n')) {
    if (!line.startsWith('data: {')) continue
    const content = JSON.parse(line.slice(6)).choices[0]?.delta.content
    if (content) pieces.push(content)
  }
}
