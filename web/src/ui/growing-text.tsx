// A text box that grows with its text.
import { forwardRef, type TextareaHTMLAttributes, useImperativeHandle, useLayoutEffect, useRef } from 'react'

export const GrowingText = forwardRef<HTMLTextAreaElement, TextareaHTMLAttributes<HTMLTextAreaElement>>(
  function GrowingText({ className = '', ...rest }, outer) {
    const ref = useRef<HTMLTextAreaElement>(null)
    useImperativeHandle(outer, () => ref.current!)
    // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
    useLayoutEffect(() => {
      const area = ref.current!
      area.style.height = 'auto'
      area.style.height = `${area.scrollHeight + 2}px`
    }, [rest.value])
    return <textarea ref={ref} rows={1} className={`growing ${className}`} {...rest} />
  },
)
