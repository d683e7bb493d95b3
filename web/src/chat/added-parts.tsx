// The files that go with a message: images as they are, others as chips with name, size and tokens.
import type { AttachmentPart } from '../conversation/parts.ts'
import { useTokenCount } from '../server/token-count.ts'
import { IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { bytes, count, t } from '../words/words.ts'
import type { AddedPart } from './use-draft.ts'

export function AddedParts({ parts, onRemove }: { parts: readonly AddedPart[]; onRemove: (part: AddedPart) => void }) {
  if (parts.length === 0) return null
  const images = parts.filter(({ kind }) => kind === 'image')
  return (
    <ul className="added">
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same file may be there twice
        <li key={i} className={part.kind}>
          {part.kind === 'image' ? (
            <img src={part.url} alt={t('chat.image', { n: images.indexOf(part) + 1 })} />
          ) : (
            <FileChip file={part} />
          )}
          <IconButton
            icon="close"
            label={part.kind === 'image' ? t('chat.removeImage') : t('chat.removeFile', { name: part.name })}
            onClick={() => onRemove(part)}
          />
        </li>
      ))}
    </ul>
  )
}

export function FileChip({ file }: { file: AttachmentPart }) {
  const nTokens = useTokenCount(file.text)
  const size = bytes(file.size)
  return (
    <span className="file-chip">
      <Icon name="text" />
      <span>
        <strong dir="auto">{file.name}</strong>
        <small>{nTokens === undefined ? size : `${size} · ${t('text.tokens', { n: count(nTokens) })}`}</small>
      </span>
    </span>
  )
}
