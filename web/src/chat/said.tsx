// What the user said: files, then the text.
import { imagesOf, type Part, textOf } from '../conversation/parts.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { ZoomableImage } from '../ui/zoomable-image.tsx'
import { t } from '../words/words.ts'
import { FileChip } from './added-parts.tsx'

export function Said({ parts }: { parts: readonly Part[] }) {
  const text = textOf(parts)
  const files = parts.filter((part) => part.kind === 'attachment')
  return (
    <>
      {imagesOf(parts).map((url, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same image may be there twice
        <ZoomableImage key={i} src={url} alt={t('chat.image', { n: i + 1 })} />
      ))}
      {files.map((file, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same file may be there twice
        <details key={i} className="said-file">
          <summary>
            <FileChip file={file} />
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long files are scrolled with the keyboard */}
          <pre tabIndex={0} dir="auto">
            {file.text}
          </pre>
        </details>
      ))}
      {text !== '' && (
        <div className="said">
          <Markdown text={text} />
        </div>
      )}
    </>
  )
}
