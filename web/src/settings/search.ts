// Finds settings by the words that people use for them, in English whatever the language of the page.

/** Other words for a field or a section. */
const alsoCalled: Readonly<Record<string, string>> = {
  general: 'appearance dark mode light colours colors enter key statistics stats',
  prompt: 'system prompt instructions persona role template',
  output: 'structured output json schema grammar gbnf response format',
  presets: 'template profile saved',
  data: 'conversations export import backup delete all',
  n_predict: 'max tokens max_tokens max_completion_tokens maximum length limit',
  top_p: 'nucleus',
  temperature: 'temp creativity randomness',
  seed: 'random reproducible',
  stop: 'stop sequences stop words',
  n_probs: 'logprobs probabilities',
  logit_bias: 'ban token',
  cache_prompt: 'prompt cache',
  repeat_penalty: 'repetition penalty',
  n_keep: 'keep context shift',
  slot_id: 'id_slot',
}

/** @param key of a section, or the name of a field. @param texts what is shown of it. */
export function matches(words: string, key: string, texts: readonly string[]): boolean {
  const all = plain([key, alsoCalled[key] ?? '', ...texts].join(' '))
  return plain(words)
    .split(' ')
    .every((word) => all.includes(word))
}

/** `Top-P`, `top_p` and `top p` are the same. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, ' ')
    .trim()
}
