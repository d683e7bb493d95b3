// The settings, beside the view, in tabs: the page itself, the prompt and output, sampling. Words in the search box leave what
// they find, whichever tab it is in.
import { type KeyboardEvent, useState } from 'react'
import { isSameShape, keepShapeForNew, newShape, useHasOwnShape, useShape } from '../conversation/shape.ts'
import { changePanels, type SettingsTab, usePanels } from '../shell/panels.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { t, type WordKey } from '../words/words.ts'
import { DataSection } from './data-section.tsx'
import { samplingFields } from './fields.ts'
import { GeneralSection } from './general-section.tsx'
import { OutputSection } from './output-section.tsx'
import { PresetsSection } from './presets-section.tsx'
import { PromptSection } from './prompt-section.tsx'
import { SamplingSection } from './sampling-section.tsx'
import { matches } from './search.ts'
import { useSettings } from './settings.ts'
import { ToolsSection } from './tools-section.tsx'

const tabs: Readonly<Record<SettingsTab, WordKey>> = {
  general: 'settings.general',
  prompt: 'settings.promptAndOutput',
  sampling: 'settings.sampling',
}

// the default export is for React's lazy(), which takes nothing else
export default function SettingsPanel() {
  const [words, setWords] = useState('')
  const tab = usePanels((panels) => panels.settingsTab)
  const isSearching = words.trim() !== ''
  const isShown = (of: SettingsTab) => isSearching || of === tab
  const sections = sectionsFor(words).filter((section) => isShown(section.tab))
  const fields = isShown('sampling') ? fieldsFor(words) : []
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
      {!isSearching && <Tabs tab={tab} />}
      <div
        className="sections"
        {...(isSearching ? {} : { role: 'tabpanel', id: 'settings-tabpanel', 'aria-labelledby': `settings-${tab}` })}
      >
        {!isSearching && tab !== 'general' && <Reach />}
        {sections.map(({ key, section }) => (
          <div key={key}>{section}</div>
        ))}
        {fields.length > 0 && <SamplingSection fields={fields} isFound={isSearching} />}
        {fields.length === 0 && sections.length === 0 && <p className="note">{t('settings.none')}</p>}
      </div>
    </aside>
  )
}

function Tabs({ tab }: { tab: SettingsTab }) {
  const keys = Object.keys(tabs) as SettingsTab[]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = keys.at((keys.indexOf(tab) + step) % keys.length)!
    changePanels({ settingsTab: next })
    document.getElementById(`settings-${next}`)?.focus()
  }
  return (
    <div className="tabs" role="tablist" aria-label={t('settings.title')} onKeyDown={onKeyDown}>
      {keys.map((key) => (
        <button
          key={key}
          id={`settings-${key}`}
          type="button"
          role="tab"
          aria-selected={key === tab}
          aria-controls="settings-tabpanel"
          tabIndex={key === tab ? 0 : -1}
          onClick={() => changePanels({ settingsTab: key })}
        >
          {t(tabs[key])}
        </button>
      ))}
    </div>
  )
}

/** What is changed here: a conversation, or new ones. */
function Reach() {
  const shape = useShape()
  const isOfConversation = useHasOwnShape()
  useSettings() // the shape of new conversations is in them
  if (!isOfConversation) return <p className="note reach">{t('settings.forNew')}</p>
  const isSame = isSameShape(shape, newShape())
  return (
    <div className="reach">
      <p className="note">{t('settings.forThis')}</p>
      <Button disabled={isSame} onClick={keepShapeForNew}>
        {t('settings.useForNew')}
      </Button>
    </div>
  )
}

function fieldsFor(wanted: string) {
  return samplingFields.filter(({ name, group }) =>
    matches(wanted, name, [
      t(`field.${name}` as 'field.seed'),
      t(`field.${name}.help` as 'field.seed.help'),
      t(`group.${group}`),
      t('settings.sampling'),
    ]),
  )
}

/** The sections that have the words in what they are about. */
function sectionsFor(wanted: string) {
  const all = [
    {
      key: 'general',
      tab: 'general',
      words: [
        'settings.general',
        'settings.theme',
        'settings.themeDark',
        'settings.themeLight',
        'settings.language',
        'settings.sendsOnEnter',
        'settings.showsNumbers',
        'settings.writesTitles',
        'settings.apiKey',
      ],
      section: <GeneralSection />,
    },
    {
      key: 'data',
      tab: 'general',
      words: ['settings.data', 'settings.exportAll', 'settings.import'],
      section: <DataSection />,
    },
    {
      key: 'presets',
      tab: 'prompt',
      words: ['settings.templates', 'settings.templatesNote'],
      section: <PresetsSection />,
    },
    {
      key: 'prompt',
      tab: 'prompt',
      words: [
        'settings.prompt',
        'settings.systemPrompt',
        'settings.usesOwn',
        'settings.ownHistory',
        'settings.ownUser',
      ],
      section: <PromptSection />,
    },
    {
      key: 'tools',
      tab: 'prompt',
      words: ['settings.tools', 'settings.thinking', 'tool.calculate', 'tool.current_time'],
      section: <ToolsSection />,
    },
    {
      key: 'output',
      tab: 'prompt',
      words: ['settings.output', 'settings.outputJson', 'settings.schema', 'settings.grammar', 'settings.order'],
      section: <OutputSection />,
    },
  ] as const
  return all.filter(({ key, words }) =>
    matches(
      wanted,
      key,
      words.map((word) => t(word)),
    ),
  )
}
