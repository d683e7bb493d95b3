// The fields of sampling: what most people look for first, the rest folded by group.
import { useMemo } from 'react'
import { changeShape, useShape } from '../conversation/shape.ts'
import { serverDefault, useServer } from '../server/server-state.ts'
import { Button } from '../ui/button.tsx'
import { t } from '../words/words.ts'
import { FieldRow } from './field-row.tsx'
import { fieldGroups, type SamplingField } from './fields.ts'

/** @param isFound the fields are what a search found: nothing is folded. */
export function SamplingSection({ fields, isFound }: { fields: readonly SamplingField[]; isFound: boolean }) {
  const { sampling } = useShape()
  const server = useServer()
  const defaults = useMemo(
    () => new Map(fields.map((field) => [field.name, serverDefault(field.name, server) ?? field.default])),
    [fields, server],
  )
  const rows = (some: readonly SamplingField[]) =>
    some.map((field) => (
      <FieldRow key={field.name} field={field} value={sampling[field.name]} standard={defaults.get(field.name)} />
    ))
  return (
    <section>
      <h3>{t('settings.sampling')}</h3>
      {fieldGroups.map((group) => {
        const inGroup = fields.filter((field) => field.group === group)
        if (inGroup.length === 0) return null
        if (group === 'basic') {
          return (
            <fieldset key={group} aria-label={t('group.basic')}>
              {rows(inGroup)}
            </fieldset>
          )
        }
        const nChanged = inGroup.filter(({ name }) => name in sampling).length
        return (
          <details key={group} className="field-group" open={isFound}>
            <summary>
              {t(`group.${group}`)}
              {nChanged > 0 && <span className="state">{t('settings.changed', { n: nChanged })}</span>}
            </summary>
            <fieldset aria-label={t(`group.${group}`)}>{rows(inGroup)}</fieldset>
          </details>
        )
      })}
      <Button icon="again" disabled={Object.keys(sampling).length === 0} onClick={() => changeShape({ sampling: {} })}>
        {t('settings.resetAll')}
      </Button>
    </section>
  )
}
