// How many tokens a text has, as the server's model counts them.
import { useEffect, useState } from 'react'
import { countTokens } from '../api/server.ts'

const pauseMs = 400

/** @returns undefined until it is known. @param isOn false while the text changes by itself. */
export function useTokenCount(text: string, isOn = true): number | undefined {
  const [counted, setCounted] = useState<number>()
  useEffect(() => {
    if (!isOn) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      countTokens(text, abort.signal).then(setCounted, () => setCounted(undefined))
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [text, isOn])
  return counted
}
