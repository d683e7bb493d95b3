// What the model answered, part by part, finished or as it grows: reasoning, tool calls, text.
import type { Live } from '../conversation/live.ts'
import type { Part, ReasoningPart, ToolResultPart } from '../conversation/parts.ts'
import type { Message } from '../conversation/types.ts'
import { CodeBlock } from '../markdown/code-block.tsx'
import { Markdown } from '../markdown/markdown.tsx'
import { seconds, t } from '../words/words.ts'
import { PhaseLine } from './phase-line.tsx'
import { Probabilities } from './probabilities.tsx'
import { ToolCard } from './tool-card.tsx'

type Props = { message: Message; live: Live | undefined; showsProbs: boolean }

export function Answer({ message, live, showsProbs }: Props) {
  const { parts } = live ?? message
  const probs = live?.probs ?? message.probs ?? []
  const shown = showsProbs && probs.length > 0 ? parts.filter(({ kind }) => kind !== 'text') : parts
  const hidesReasoning = shown !== parts
  return (
    <>
      {shown.map((part, i) => (
        <AnswerPart
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever added at the end
          key={i}
          part={part}
          results={shown}
          isJson={message.isJson === true}
          isGrowing={live !== undefined && i === shown.length - 1}
          isHidden={hidesReasoning && part.kind === 'reasoning'}
        />
      ))}
      {hidesReasoning && <Probabilities message={message} probs={probs} />}
      {live !== undefined && <PhaseLine live={live} />}
    </>
  )
}

type PartProps = {
  part: Part
  /** The parts of the answer, in which the result of a call is found. */
  results: readonly Part[]
  isJson: boolean
  isGrowing: boolean
  isHidden: boolean
}

function AnswerPart({ part, results, isJson, isGrowing, isHidden }: PartProps) {
  if (isHidden) return null
  switch (part.kind) {
    case 'reasoning':
      return <Reasoning part={part} isGrowing={isGrowing} />
    case 'text':
      if (!isJson) return <Markdown text={part.text} isGrowing={isGrowing} />
      return <CodeBlock code={isGrowing ? part.text : pretty(part.text)} language="json" isGrowing={isGrowing} />
    case 'tool-call': {
      const result = results.find(
        (other): other is ToolResultPart => other.kind === 'tool-result' && other.callId === part.id,
      )
      return <ToolCard call={part} result={result} isGrowing={isGrowing} />
    }
    default:
      return null // results are shown with their calls
  }
}

function Reasoning({ part, isGrowing }: { part: ReasoningPart; isGrowing: boolean }) {
  return (
    <details className="thoughts">
      <summary>{isGrowing ? t('chat.thinking') : thoughtFor(part.ms)}</summary>
      <Markdown text={part.text} isGrowing={isGrowing} />
    </details>
  )
}

function thoughtFor(ms: number | undefined): string {
  if (ms === undefined) return t('chat.reasoning')
  return ms < 1000 ? t('chat.thoughtBriefly') : t('chat.thoughtFor', { time: seconds(Math.round(ms / 1000) * 1000) })
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
