// Keeps a scrolled box at its end while what is in it grows, until the user scrolls away from it.
import { useCallback, useEffect, useRef, useState } from 'react'

const nearPx = 60

/** @param isOn false while there is nothing that grows. */
export function useStickToEnd(isOn: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const sticks = useRef(true)
  const [isAtEnd, setAtEnd] = useState(true)
  const toEnd = useCallback(() => {
    sticks.current = true
    const box = scroller.current
    if (box !== null) box.scrollTop = box.scrollHeight
  }, [])
  useEffect(() => {
    const box = scroller.current!
    let lastTop = box.scrollTop
    const onScroll = () => {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < nearPx
      // only a move up lets go: growing moves nothing, and jumping to the end moves down
      if (isNear) sticks.current = true
      else if (box.scrollTop < lastTop) sticks.current = false
      lastTop = box.scrollTop
      setAtEnd(isNear || sticks.current || !isOn)
    }
    const observer = new ResizeObserver(() => {
      if (sticks.current && isOn) box.scrollTop = box.scrollHeight
    })
    box.addEventListener('scroll', onScroll, { passive: true })
    observer.observe(content.current!)
    observer.observe(box)
    return () => {
      box.removeEventListener('scroll', onScroll)
      observer.disconnect()
    }
  }, [isOn])
  /** What is shown now stays, whatever grows. */
  const letGo = useCallback(() => {
    sticks.current = false
  }, [])
  return { scroller, content, isAtEnd, toEnd, letGo }
}
