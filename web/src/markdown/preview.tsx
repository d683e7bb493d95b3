// HTML or SVG that a model wrote, shown in a frame without an origin: its scripts run, and reach neither the page nor a network.
import { useEffect, useRef } from 'react'
import { t } from '../words/words.ts'

export function Preview({ source }: { source: string }) {
  const ref = useRef<HTMLIFrameElement>(null)
  useEffect(() => {
    const onMessage = ({ source: from, data }: MessageEvent) => {
      const window = ref.current?.contentWindow
      if (from === window && data === 'ready') window?.postMessage(source, '*') // it has no origin that could be named
    }
    addEventListener('message', onMessage)
    return () => removeEventListener('message', onMessage)
  }, [source])
  return (
    <iframe
      key={source}
      ref={ref}
      className="preview"
      src="./preview.html"
      sandbox="allow-scripts"
      title={t('code.preview')}
    />
  )
}
