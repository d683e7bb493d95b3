// The settings, beside the view: everything that shapes an answer, and the page itself. Words in the search box leave what has them.
import { useMemo, useState } from 'react'
import { serverDefault, useServer } from '../server/server-state.ts'
import { changePanels } from '../shell/panels.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'
import { DataSection } from './data-section.tsx'
import { FieldRow } from './field-row.tsx'
import { fieldGroups, type SamplingField, samplingFields } from './fields.ts'
import { GeneralSection } from './general-section.tsx'
import { OutputSection } from './output-section.tsx'
import { PromptSection } from './prompt-section.tsx'
import { matches } from './search.ts'
import { changeSettings, useSettings } from './settings.ts'
import { TemplatesSection } from './templates-section.tsx'

// the default export is for React's lazy(), which takes nothing else
export default function SettingsPanel() {
  const [words, setWords] = useState('')
  const fields = samplingFields.filter(({ name, group }) =>
    matches(words, name, [
      t(`field.${name}` as 'field.seed'),
      t(`field.${name}.help` as 'field.seed.help'),
      t(`group.${group}`),
    ]),
  )
  const sections = sectionsFor(words)
  return (
    <aside className="settings" aria-label={t('settings.title')}>
      <header>
        <h2>{t('settings.title')}</h2>
        <IconButton icon="close" label={t('app.close')} onClick={() => changePanels({ isSettingsOpen: false })} />
      </header>
      <label className="search">
        <Icon name="search" />
        <input
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
          placeholder={t('settings.search')}
          aria-label={t('settings.search')}
        />
      </label>
      <div className="sections">
        {sections.above}
        {fields.length > 0 && <SamplingSection fields={fields} />}
        {sections.below}
        {fields.length === 0 && sections.above.length + sections.below.length === 0 && (
          <p className="note">{t('settings.none')}</p>
        )}
      </div>
    </aside>
  )
}

/** The sections that have one of the words in what they are about. */
function sectionsFor(wanted: string) {
  const all = [
    {
      key: 'prompt',
      words: [
        t('settings.prompt'),
        t('settings.systemPrompt'),
        t('settings.usesOwn'),
        t('settings.ownHistory'),
        t('settings.ownUser'),
      ],
      section: <PromptSection key="prompt" />,
    },
    {
      key: 'output',
      words: [
        t('settings.output'),
        t('settings.outputJson'),
        t('settings.schema'),
        t('settings.grammar'),
        t('settings.order'),
      ],
      section: <OutputSection key="output" />,
    },
    {
      key: 'presets',
      words: [t('settings.templates'), t('settings.templatesNote')],
      section: <TemplatesSection key="presets" />,
    },
    {
      key: 'general',
      words: [
        t('settings.general'),
        t('settings.theme'),
        t('settings.themeDark'),
        t('settings.themeLight'),
        t('settings.showsNumbers'),
        t('settings.language'),
        t('settings.sendsOnEnter'),
        t('settings.apiKey'),
      ],
      section: <GeneralSection key="general" />,
    },
    {
      key: 'data',
      words: [t('settings.data'), t('settings.exportAll'), t('settings.import')],
      section: <DataSection key="data" />,
    },
  ]
  const shown = (keys: readonly string[]) =>
    all.filter(({ key, words }) => keys.includes(key) && matches(wanted, key, words)).map(({ section }) => section)
  return { above: shown(['prompt', 'output']), below: shown(['presets', 'general', 'data']) }
}

function SamplingSection({ fields }: { fields: readonly SamplingField[] }) {
  const sampling = useSettings((settings) => settings.sampling)
  const server = useServer()
  const defaults = useMemo(
    () => new Map(fields.map((field) => [field.name, serverDefault(field.name, server) ?? field.default])),
    [fields, server],
  )
  return (
    <section>
      <h3>{t('settings.sampling')}</h3>
      {fieldGroups.map((group) => {
        const inGroup = fields.filter((field) => field.group === group)
        if (inGroup.length === 0) return null
        return (
          <fieldset key={group}>
            <legend>{t(`group.${group}`)}</legend>
            {inGroup.map((field) => (
              <FieldRow
                key={field.name}
                field={field}
                value={sampling[field.name]}
                standard={defaults.get(field.name)}
              />
            ))}
          </fieldset>
        )
      })}
      <Button
        icon="again"
        disabled={Object.keys(sampling).length === 0}
        onClick={() => changeSettings({ sampling: {} })}
      >
        {t('settings.resetAll')}
      </Button>
    </section>
  )
}
