// One field of a generation: a slider or what fits it, its default, and a way back to it.
import { memo, useId, useState } from 'react'
import { changeSampling } from '../conversation/shape.ts'
import { IconButton } from '../ui/button.tsx'
import { Switch } from '../ui/switch.tsx'
import { count, t } from '../words/words.ts'
import { chatDefaults, fromLine, type NumberField, type SamplingField, toLine } from './fields.ts'

type Props = {
  field: SamplingField
  /** undefined: the default. */
  value: unknown
  standard: unknown
}

export const FieldRow = memo(function FieldRow({ field, value, standard }: Props) {
  const id = useId()
  const { name } = field
  const label = t(`field.${name}` as 'field.seed')
  const change = (next: unknown) => changeSampling(name, isSame(next, standard) ? undefined : next)
  const inChat = chatDefaults[name]
  const chatDefault = inChat === undefined ? '' : ` (${t('settings.inChat', { value: count(inChat, 2) })})`
  return (
    <div className="field-row" data-changed={value !== undefined}>
      <div className="label">
        <label htmlFor={id}>{label}</label>
        <code>{name}</code>
        {value !== undefined && (
          <IconButton
            icon="undo"
            label={t('settings.reset', { name: label })}
            onClick={() => changeSampling(name, undefined)}
          />
        )}
      </div>
      <Control id={id} field={field} value={value ?? standard} onChange={change} />
      <p className="note">
        {t(`field.${name}.help` as 'field.seed.help')}{' '}
        {field.kind !== 'lines' && field.kind !== 'text' && (
          <span>{t('settings.default', { value: JSON.stringify(rounded(standard)) + chatDefault })}</span>
        )}
      </p>
    </div>
  )
})

type ControlProps = { id: string; field: SamplingField; value: unknown; onChange: (value: unknown) => void }

function Control({ id, field, value, onChange }: ControlProps) {
  switch (field.kind) {
    case 'number':
      return <NumberControl id={id} field={field} value={Number(value)} onChange={onChange} />
    case 'boolean':
      return <Switch id={id} isOn={value === true} onChange={onChange} />
    case 'choice':
      return (
        <select id={id} value={Number(value)} onChange={(event) => onChange(Number(event.target.value))}>
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )
    case 'text':
      return (
        <textarea id={id} rows={2} value={String(value ?? '')} onChange={(event) => onChange(event.target.value)} />
      )
    case 'lines':
      return <LinesControl id={id} value={value as readonly string[]} onChange={onChange} />
    case 'json':
      return <JsonControl id={id} value={value} onChange={onChange} />
  }
}

type NumberProps = { id: string; field: NumberField; value: number; onChange: (value: unknown) => void }

function NumberControl({ id, field, value, onChange }: NumberProps) {
  const { slider, name } = field
  const [min, max, step] = slider
  const [typed, setTyped] = useState<string>()
  const problem = typed === undefined ? undefined : numberProblem(typed, field)
  return (
    <>
      <div className="slider">
        <input
          type="range"
          min={min}
          max={max}
          step={step}
          value={Math.min(max, Math.max(min, value))}
          aria-label={t(`field.${name}` as 'field.seed')}
          onChange={(event) => {
            setTyped(undefined)
            onChange(Number(event.target.value))
          }}
        />
        <input
          id={id}
          type="number"
          step={step}
          value={typed ?? String(rounded(value))}
          aria-invalid={problem !== undefined}
          onChange={(event) => {
            const text = event.target.validity.badInput ? '?' : event.target.value
            setTyped(text)
            if (numberProblem(text, field) === undefined) onChange(Number(text))
          }}
          onBlur={() => problem === undefined && setTyped(undefined)}
        />
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

/** Why the server would refuse what was typed; it is not used then. */
function numberProblem(typed: string, { min, max, isInteger }: NumberField): string | undefined {
  const value = typed.trim() === '' ? Number.NaN : Number(typed)
  if (!Number.isFinite(value)) return t('settings.notNumber')
  if (isInteger && !Number.isInteger(value)) return t('settings.notWhole')
  if (value >= min && value <= max) return undefined
  if (max > 1e9) return t('settings.tooSmall', { min: count(min, 6) })
  return t('settings.outside', { min: count(min, 6), max: count(max) })
}

/** What is typed stays as it is, even while a line is still empty. */
function LinesControl({
  id,
  value,
  onChange,
}: {
  id: string
  value: readonly string[]
  onChange: (value: unknown) => void
}) {
  const written = value.map(toLine).join('\n')
  const [typed, setTyped] = useState<string>()
  return (
    <textarea
      id={id}
      rows={Math.min(8, Math.max(2, value.length))}
      value={typed ?? written}
      spellCheck={false}
      onChange={(event) => {
        setTyped(event.target.value)
        const lines = event.target.value.split('\n')
        onChange(lines.filter((line) => line !== '').map(fromLine))
      }}
      onBlur={() => setTyped(undefined)}
    />
  )
}

function JsonControl({ id, value, onChange }: { id: string; value: unknown; onChange: (value: unknown) => void }) {
  const [typed, setTyped] = useState<string>()
  const problem = typed === undefined ? undefined : jsonProblem(typed)
  return (
    <>
      <textarea
        id={id}
        rows={2}
        value={typed ?? JSON.stringify(value)}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        onChange={(event) => {
          setTyped(event.target.value)
          if (jsonProblem(event.target.value) === undefined) onChange(JSON.parse(event.target.value))
        }}
        onBlur={() => problem === undefined && setTyped(undefined)}
      />
      {problem !== undefined && <p className="problem">{t('settings.notJson', { message: problem })}</p>}
    </>
  )
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Floats of the engine (0.949999988) as people write them. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(rounded(a)) === JSON.stringify(rounded(b))
}
