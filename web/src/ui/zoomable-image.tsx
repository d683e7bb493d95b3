// An image that is enlarged when it is clicked; Escape or another click makes it small again.
import { useLayoutEffect, useRef, useState } from 'react'
import { t } from '../words/words.ts'

export function ZoomableImage({ src, alt }: { src: string; alt: string }) {
  const [isLarge, setLarge] = useState(false)
  return (
    <>
      <button
        type="button"
        className="zoomable"
        aria-label={t('app.enlarge', { name: alt })}
        onClick={() => setLarge(true)}
      >
        <img src={src} alt={alt} />
      </button>
      {isLarge && <Lightbox src={src} alt={alt} onClose={() => setLarge(false)} />}
    </>
  )
}

function Lightbox({ src, alt, onClose }: { src: string; alt: string; onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = ref.current!
    dialog.showModal()
    return () => dialog.close()
  }, [])
  return (
    <dialog ref={ref} className="lightbox" aria-label={alt} onClose={() => ref.current?.open !== true && onClose()}>
      <button type="button" aria-label={t('app.close')} onClick={() => ref.current?.close()}>
        <img src={src} alt={alt} />
      </button>
    </dialog>
  )
}
