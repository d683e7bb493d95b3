// What the server is doing while no text comes yet, and how quickly it comes once it does.
import type { Live } from '../conversation/live.ts'
import { useSettings } from '../settings/settings.ts'
import { count, t } from '../words/words.ts'

export type Progress = Pick<Live, 'phase' | 'firstTokenAt' | 'nTokens'>

export function PhaseLine({ live }: { live: Progress }) {
  const showsNumbers = useSettings((settings) => settings.showsNumbers)
  const { phase } = live
  switch (phase.kind) {
    case 'waiting':
      return (
        <p className="phase">
          <Dots />
          <span className="heard">{t('chat.waiting')}</span>
        </p>
      )
    case 'queue':
      return (
        <p className="phase">
          <Dots />
          {phase.position <= 1 ? t('chat.queueNext') : t('chat.queue', phase)}
        </p>
      )
    case 'images': {
      const text = t('chat.images', { n: count(phase.processed + 1), total: count(phase.total) })
      return (
        <div className="phase">
          <progress value={phase.processed} max={phase.total} aria-label={text} />
          {text}
        </div>
      )
    }
    case 'prefill': {
      const text = t('chat.prefill', { done: count(phase.processed), total: count(phase.total) })
      return (
        <div className="phase">
          <progress value={phase.processed} max={phase.total} aria-label={text} />
          {text}
          {phase.cached > 0 && <span>{t('chat.prefillCached', { n: count(phase.cached) })}</span>}
        </div>
      )
    }
    case 'writing': {
      const ms = performance.now() - (live.firstTokenAt ?? performance.now())
      if (!showsNumbers || ms < 500) return null
      return <p className="phase speed">{t('chat.speed', { speed: count((live.nTokens / ms) * 1000, 1) })}</p>
    }
  }
}

function Dots() {
  return (
    <span className="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  )
}
