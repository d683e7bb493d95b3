// What each slot is doing.
import type { Slot } from '../api/server.ts'
import { count, t } from '../words/words.ts'

export function SlotList({ slots }: { slots: readonly Slot[] }) {
  return (
    <ul className="slots">
      {slots.map((slot) => (
        <li key={slot.id} data-busy={slot.is_processing}>
          <strong>{t('server.slot', { id: slot.id })}</strong>
          <span className="state">{t(stateOf(slot))}</span>
          <Fill slot={slot} />
        </li>
      ))}
    </ul>
  )
}

function stateOf(slot: Slot): 'server.idle' | 'server.reading' | 'server.writing' {
  if (!slot.is_processing) return 'server.idle'
  return written(slot) > 0 ? 'server.writing' : 'server.reading'
}

function written({ n_decoded, next_token }: Slot): number {
  return n_decoded ?? [next_token].flat()[0]?.n_decoded ?? 0
}

function Fill({ slot }: { slot: Slot }) {
  const nWritten = written(slot)
  const nPrompt = slot.n_prompt_tokens ?? 0
  const nCached = slot.n_prompt_tokens_cache ?? 0
  const nRead = nCached + (slot.n_prompt_tokens_processed ?? nPrompt)
  const nUsed = slot.n_past ?? nPrompt + nWritten
  const used = t('chat.context', { used: count(nUsed), total: count(slot.n_ctx) })
  return (
    <>
      <meter min={0} max={slot.n_ctx} value={nUsed} aria-label={used} />
      <span className="note">{used}</span>
      {nPrompt > 0 && (
        <span className="note">
          {nWritten === 0 && nRead < nPrompt
            ? t('chat.prefill', { done: count(nRead), total: count(nPrompt) })
            : t('server.slotPrompt', { n: count(nPrompt), cached: count(nCached) })}
        </span>
      )}
      {nWritten > 0 && <span className="note">{t('server.slotDecoded', { n: count(nWritten) })}</span>}
    </>
  )
}
