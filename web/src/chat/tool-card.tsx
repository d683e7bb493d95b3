// A call of a tool with its arguments, and what came of it.
import type { ToolCallPart, ToolResultPart } from '../conversation/parts.ts'
import { CodeBlock } from '../markdown/code-block.tsx'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'

type Props = {
  call: ToolCallPart
  result: ToolResultPart | undefined
  /** The arguments are still being written. */
  isGrowing: boolean
}

export function ToolCard({ call, result, isGrowing }: Props) {
  const state = result === undefined ? undefined : result.isError === true ? 'failed' : 'done'
  const shown = isGrowing ? undefined : readArguments(call.arguments)
  return (
    <details className="tool-card" data-state={state ?? (isGrowing ? 'writing' : 'open')}>
      <summary>
        <Icon name="tool" />
        <strong>{call.name || '…'}</strong>
        <span className="brief">{shown === undefined ? '' : shown.map(([, value]) => value).join(', ')}</span>
        <span className="state">
          {state !== undefined && t(`tool.${state}`)}
          {state === undefined && isGrowing && t('tool.writing')}
        </span>
      </summary>
      {shown === undefined || shown.length === 0 ? (
        call.arguments !== '' && <CodeBlock code={call.arguments} language="json" isGrowing={isGrowing} />
      ) : (
        <dl>
          {shown.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {result !== undefined && (
        <>
          <h3>{t(result.isError === true ? 'tool.error' : 'tool.result')}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long results are scrolled with the keyboard */}
          <pre tabIndex={0} dir="auto">
            {result.text}
          </pre>
        </>
      )}
    </details>
  )
}

/** The arguments by name, as people read them; undefined when they are not a JSON object. */
function readArguments(json: string): [string, string][] | undefined {
  try {
    const values: unknown = JSON.parse(json === '' ? '{}' : json)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined
    return Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
  } catch {
    return undefined
  }
}
