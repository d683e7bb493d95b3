// Files that are dropped anywhere on the page: a sign over it while they are held.
import { useEffect, useRef, useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { t } from '../words/words.ts'

export function FileDrop({ onDrop }: { onDrop: (files: readonly File[]) => void }) {
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
      take.current([...event.dataTransfer!.files])
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
    <div className="drop-sign">
      <p>
        <Icon name="attach" />
        {t('chat.dropHere')}
      </p>
    </div>
  )
}
