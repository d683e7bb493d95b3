// What goes ahead of a conversation, and how the conversation becomes a prompt.
import { changeShape, useShape } from '../conversation/shape.ts'
import { Switch } from '../ui/switch.tsx'
import { t } from '../words/words.ts'
import type { OwnTemplate } from './settings.ts'

export function PromptSection() {
  const { systemPrompt, usesOwnTemplate, ownTemplate } = useShape()
  return (
    <section>
      <h3>{t('settings.prompt')}</h3>
      {!usesOwnTemplate && (
        <label className="field">
          {t('settings.systemPrompt')}
          <textarea
            rows={4}
            dir="auto"
            value={systemPrompt}
            onChange={(event) => changeShape({ systemPrompt: event.target.value })}
          />
          <span className="note">{t('settings.systemPromptNote')}</span>
        </label>
      )}
      <label className="field across">
        {t('settings.usesOwn')}
        <Switch isOn={usesOwnTemplate} onChange={(usesOwnTemplate) => changeShape({ usesOwnTemplate })} />
      </label>
      <p className="note">{t('settings.usesOwnNote')}</p>
      {usesOwnTemplate && <OwnTemplateFields own={ownTemplate} />}
    </section>
  )
}

const words = {
  prompt: 'settings.ownPrompt',
  template: 'settings.ownTemplate',
  history: 'settings.ownHistory',
  user: 'settings.ownUser',
  bot: 'settings.ownBot',
} as const

function OwnTemplateFields({ own }: { own: OwnTemplate }) {
  const change = (name: keyof OwnTemplate, value: string) => changeShape({ ownTemplate: { ...own, [name]: value } })
  return (
    <>
      {(['prompt', 'template', 'history'] as const).map((name) => (
        <label className="field" key={name}>
          {t(words[name])}
          <textarea
            rows={name === 'history' ? 1 : 4}
            value={own[name]}
            onChange={(event) => change(name, event.target.value)}
          />
        </label>
      ))}
      {(['user', 'bot'] as const).map((name) => (
        <label className="field" key={name}>
          {t(words[name])}
          <input value={own[name]} onChange={(event) => change(name, event.target.value)} />
        </label>
      ))}
    </>
  )
}
