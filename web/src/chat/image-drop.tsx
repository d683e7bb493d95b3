// Images that are dropped anywhere on the page: a sign over it while they are held, and what takes them.
import { useEffect, useRef, useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { t, type WordKey } from '../words/words.ts'

type Props = {
  /** Why images cannot be taken. */
  whyNot: WordKey | undefined
  onDrop: (files: readonly File[]) => void
}

export function ImageDrop({ whyNot, onDrop }: Props) {
  const [isHeld, setHeld] = useState(false)
  const take = useRef(onDrop)
  take.current = onDrop
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault() // else the browser would open the file in the place of the page
      setHeld(true)
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setHeld(false)
    }
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setHeld(false)
      const files = [...event.dataTransfer!.files].filter(({ type }) => type.startsWith('image/'))
      if (files.length > 0) take.current(files)
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [])
  if (!isHeld) return null
  return (
    <div className="drop-sign" data-refused={whyNot !== undefined}>
      <p>
        <Icon name={whyNot === undefined ? 'image' : 'warn'} />
        {t(whyNot ?? 'chat.dropHere')}
      </p>
    </div>
  )
}
