// What each slot is doing.
import type { Slot } from '../api/server.ts'
import { count, t } from '../words/words.ts'

export function SlotList({ slots }: { slots: readonly Slot[] }) {
  return (
    <ul className="slots">
      {slots.map((slot) => (
        <li key={slot.id} data-busy={slot.is_processing}>
          <strong>{t('server.slot', { id: slot.id })}</strong>
          <span className="state">{t(slot.is_processing ? 'server.busy' : 'server.idle')}</span>
          <Fill slot={slot} />
        </li>
      ))}
    </ul>
  )
}

function Fill({ slot }: { slot: Slot }) {
  const written = slot.n_decoded ?? [slot.next_token].flat()[0]?.n_decoded ?? 0
  const prompt = slot.n_prompt_tokens ?? 0
  const used = t('chat.context', { used: count(prompt + written), total: count(slot.n_ctx) })
  return (
    <>
      <meter min={0} max={slot.n_ctx} value={prompt + written} aria-label={used} />
      <span className="note">{used}</span>
      {prompt > 0 && (
        <span className="note">
          {t('server.slotPrompt', { n: count(prompt), cached: count(slot.n_prompt_tokens_cache ?? 0) })}
        </span>
      )}
      {written > 0 && <span className="note">{t('server.slotDecoded', { n: count(written) })}</span>}
    </>
  )
}
