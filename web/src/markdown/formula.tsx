// A formula, by KaTeX; loaded when the first one is met. KaTeX makes nodes, not HTML: the page's policy allows no inline styles.
import { render } from 'katex'
import 'katex/dist/katex.css'
import { useLayoutEffect, useRef } from 'react'

// the default export is for React's lazy(), which takes nothing else
export default function Formula({ source, isBlock }: { source: string; isBlock: boolean }) {
  const ref = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const options = {
      displayMode: isBlock,
      throwOnError: false,
      strict: false,
      trust: false,
      maxExpand: 200,
      maxSize: 20,
    }
    render(source, ref.current!, options)
  }, [source, isBlock])
  return <span ref={ref} className={isBlock ? 'formula' : undefined} />
}
