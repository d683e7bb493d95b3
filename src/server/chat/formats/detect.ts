// Detects the format of answers from a template: it is rendered with answers of known words, and
// the markers are what remains.
import { detectCalls } from './detect-calls.ts'
import { commonPrefix, commonSuffix, probe, type RenderTemplate, TemplateProbe } from './template-probe.ts'
import type { OutputSyntax, ToolSyntax, Wrapper } from './tool-syntax.ts'

/** @returns the syntax that the template shows; parts that it does not show are undefined. */
export function detectSyntax(render: RenderTemplate): OutputSyntax {
  const seen = new TemplateProbe(render)
  const reasoning = detectReasoning(seen)
  return { reasoning, frame: detectFrame(seen, reasoning), tools: detectTools(seen, reasoning) }
}

const tag = String.raw`(<[^<>\s][^<>\n]*>|\[[^\[\]\n]+\])`
const tagAtEnd = new RegExp(`${tag}\\s*$`)
const tagAtStart = new RegExp(`^\\s*${tag}`)
const thinking = /think|thought|reason/i

function detectReasoning(seen: TemplateProbe): Wrapper | undefined {
  const answers = [
    { content: probe.answer, thought: probe.thought },
    { thought: probe.thought, nCalls: 1 as const },
  ]
  for (const answer of answers) {
    const text = seen.answer(answer)
    const at = text?.indexOf(probe.thought) ?? -1
    if (text === undefined || at < 0) continue
    const start = tagAtEnd.exec(text.slice(0, at))?.[1]
    const end = tagAtStart.exec(text.slice(at + probe.thought.length))?.[1]
    if (start !== undefined && end !== undefined) return { start, end }
  }
  // Templates omit reasoning from the history: only the prompt shows its beginning.
  const start = tagAtEnd.exec(seen.opening ?? '')?.[1]
  if (start === undefined || !thinking.test(start)) return undefined
  const closed = /^<\/|^\[\//.test(start)
  return closed ? { start: start.replace('/', ''), end: start } : { start, end: start.replace(/^([<[])/, '$1/') }
}

/** Markers around the text of an answer that are not part of the opening. */
function detectFrame(seen: TemplateProbe, reasoning: Wrapper | undefined): readonly string[] {
  const text = seen.answer({ content: probe.answer })
  const at = text?.indexOf(probe.answer) ?? -1
  if (text === undefined || at < 0) return []
  const before = text.slice(0, at)
  const own = before.slice(commonPrefix(before, seen.opening ?? '').length)
  const start = tagAtEnd.exec(own)?.[1]
  if (start === undefined || start === reasoning?.end || start === reasoning?.start) return []
  const call = seen.answer({ nCalls: 1 })
  const rest = text.slice(at + probe.answer.length)
  const after = call === undefined ? rest : rest.slice(0, rest.length - commonSuffix(rest, call).length)
  const end = tagAtStart.exec(after)?.[1]
  return end === undefined ? [start] : [start, end]
}

function detectTools(seen: TemplateProbe, reasoning: Wrapper | undefined): ToolSyntax | undefined {
  const one = ownPart(seen, 1, reasoning)
  return one === undefined ? undefined : detectCalls(one, ownPart(seen, 2, reasoning))
}

/**
 * The text of only the calls: without the opening before it and the end of the message after it.
 */
function ownPart(seen: TemplateProbe, nCalls: 1 | 2, reasoning: Wrapper | undefined): string | undefined {
  const text = seen.answer({ nCalls })
  const plain = seen.answer({ content: probe.answer })
  if (text?.includes(probe.tool) !== true) return undefined
  const opening = seen.opening ?? ''
  let start = text.startsWith(opening) ? opening.length : commonPrefix(text, plain ?? opening).length
  if (reasoning !== undefined) {
    const end = text.lastIndexOf(reasoning.end, text.indexOf(probe.tool))
    if (end >= 0) start = Math.max(start, end + reasoning.end.length)
  }
  const tail =
    plain === undefined ? '' : commonSuffix(plain.slice(plain.indexOf(probe.answer) + probe.answer.length), text)
  return text.slice(start, text.length - tail.length)
}
