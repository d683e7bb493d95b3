// The form that an answer must have: free, JSON by a schema, or a grammar. Mistakes are told while they are typed.
import { useEffect, useState } from 'react'
import { grammarProblem } from '../api/server.ts'
import { outputGrammar } from '../conversation/output-grammar.ts'
import { changeShape, useShape } from '../conversation/shape.ts'
import { Button } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import type { Output } from './settings.ts'

const kinds = { free: 'settings.outputFree', json: 'settings.outputJson', grammar: 'settings.outputGrammar' } as const

export function OutputSection() {
  const { output } = useShape()
  const change = (some: Partial<Output>) => changeShape({ output: { ...output, ...some } })
  return (
    <section>
      <h3>{t('settings.output')}</h3>
      <div className="choices" role="radiogroup" aria-label={t('settings.output')}>
        {(Object.keys(kinds) as Output['kind'][]).map((kind) => (
          <label key={kind}>
            <input type="radio" name="output" checked={output.kind === kind} onChange={() => change({ kind })} />
            <span>{t(kinds[kind])}</span>
          </label>
        ))}
      </div>
      {output.kind !== 'free' && <SchemaFields output={output} change={change} />}
      {output.kind === 'grammar' && <GrammarField output={output} change={change} />}
    </section>
  )
}

type Props = { output: Output; change: (some: Partial<Output>) => void }

function SchemaFields({ output, change }: Props) {
  const made = grammarOf(output)
  return (
    <>
      <label className="field">
        {t('settings.schema')}
        <textarea
          className="mono"
          rows={6}
          spellCheck={false}
          value={output.schema}
          aria-invalid={made.problem !== undefined}
          onChange={(event) => change({ schema: event.target.value })}
        />
        <span className="note">{t('settings.schemaNote')}</span>
      </label>
      {made.problem !== undefined && (
        <p className="problem" role="alert">
          {made.problem}
        </p>
      )}
      <label className="field">
        {t('settings.order')}
        <input value={output.order} onChange={(event) => change({ order: event.target.value })} />
        <span className="note">{t('settings.orderNote')}</span>
      </label>
      {output.kind === 'grammar' && (
        <Button disabled={made.grammar === undefined} onClick={() => change({ grammar: made.grammar ?? '' })}>
          {t('settings.toGrammar')}
        </Button>
      )}
    </>
  )
}

function GrammarField({ output, change }: Props) {
  const { problem, isChecking } = useGrammarCheck(output.grammar)
  return (
    <>
      <label className="field">
        {t('settings.grammar')}
        <textarea
          className="mono"
          rows={8}
          spellCheck={false}
          value={output.grammar}
          placeholder={'root ::= "yes" | "no"'}
          aria-invalid={problem !== undefined}
          onChange={(event) => change({ grammar: event.target.value })}
        />
      </label>
      {output.grammar.trim() !== '' && (
        <p className={problem === undefined ? 'note' : 'problem'} role="status">
          {isChecking ? t('settings.checking') : (problem ?? t('settings.good'))}
        </p>
      )}
    </>
  )
}

function grammarOf(output: Output): { grammar?: string; problem?: string } {
  try {
    return { grammar: outputGrammar(output) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { problem: error instanceof SyntaxError ? t('settings.notJson', { message }) : message }
  }
}

/** The server's own parser judges, a moment after the last key. */
function useGrammarCheck(grammar: string): { problem: string | undefined; isChecking: boolean } {
  const [checked, setChecked] = useState<{ grammar: string; problem: string | undefined }>()
  useEffect(() => {
    if (grammar.trim() === '') return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      grammarProblem(grammar, abort.signal).then(
        (problem) => setChecked({ grammar, problem }),
        () => {}, // no answer: the request itself will tell
      )
    }, 250)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [grammar])
  const isChecking = checked?.grammar !== grammar
  return { problem: isChecking ? undefined : checked.problem, isChecking }
}
