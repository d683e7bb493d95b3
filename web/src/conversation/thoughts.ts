// Splits what a model thought from what it answered, while it is still writing. Pure.

export type Split = {
  readonly thoughts: string
  readonly answer: string
  /** The passage has not ended yet. */
  readonly isThinking: boolean
}

const open = '<think>'
const close = '</think>'

/** A passage at the beginning, with or without its opening tag: some templates write that into the prompt. */
export function splitThoughts(text: string): Split {
  const start = text.trimStart()
  const end = text.indexOf(close)
  if (start.startsWith(open)) {
    const from = text.indexOf(open) + open.length
    if (end < 0) return { thoughts: text.slice(from).trim(), answer: '', isThinking: true }
    return {
      thoughts: text.slice(from, end).trim(),
      answer: text.slice(end + close.length).trimStart(),
      isThinking: false,
    }
  }
  // a tag that is only half there is not shown as text
  if (start !== '' && open.startsWith(start)) return { thoughts: '', answer: '', isThinking: true }
  if (end < 0) return { thoughts: '', answer: text, isThinking: false }
  return { thoughts: text.slice(0, end).trim(), answer: text.slice(end + close.length).trimStart(), isThinking: false }
}
