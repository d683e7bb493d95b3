// English-like text for prompts: the same for a seed on every machine, different from the start for
// another seed.

const adjectives = 'old quiet green narrow late bright heavy simple distant early careful broken warm common'.split(' ')
const nouns = (
  'river teacher machine letter garden winter captain market window engine story doctor bridge forest signal ' +
  'kitchen village question mountain number paper winner harbour sister music'
).split(' ')
const verbs = 'finds carries follows opens repairs remembers leaves counts paints crosses hears answers builds'.split(
  ' ',
)
const joints = ['while', 'because', 'after', 'although', 'before', 'and then', 'so that']

/** @returns exactly `nWords` words, in sentences. */
export function englishText(seed: number, nWords: number): string {
  const random = generator(seed)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!
  const thing = () => (random() < 0.5 ? `the ${pick(nouns)}` : `the ${pick(adjectives)} ${pick(nouns)}`)
  const clause = () => `${thing()} ${pick(verbs)} ${thing()}`
  const words: string[] = []
  while (words.length < nWords) {
    const sentence = random() < 0.5 ? clause() : `${clause()} ${pick(joints)} ${clause()}`
    words.push(...`${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`.split(' '))
  }
  return words.slice(0, nWords).join(' ')
}

/** Numbers in [0, 1). Source: mulberry32 by Tommy Ettinger, public domain. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}
