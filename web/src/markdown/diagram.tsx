// A Mermaid diagram as an image, or what is wrong with it. Loaded when the first one is met.
import { useEffect, useState } from 'react'
import { ZoomableImage } from '../ui/zoomable-image.tsx'
import { t } from '../words/words.ts'
import { drawDiagram } from './draw-diagram.ts'

// the default export is for React's lazy(), which takes nothing else
export default function Diagram({ source, onProblem }: { source: string; onProblem: (problem: string) => void }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    let isOld = false
    const isDark = getComputedStyle(document.documentElement).getPropertyValue('color-scheme').trim() === 'dark'
    const dark = isDark || (isAuto() && matchMedia('(prefers-color-scheme: dark)').matches)
    drawDiagram(source, dark).then(
      (drawn) => !isOld && setUrl(drawn),
      (error: unknown) => !isOld && onProblem(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      isOld = true
    }
  }, [source, onProblem])
  if (url === undefined) return <p className="drawing">{t('code.drawing')}</p>
  return (
    <div className="diagram">
      <ZoomableImage src={url} alt={t('code.diagram')} />
    </div>
  )
}

const isAuto = () => document.documentElement.dataset.theme === undefined
