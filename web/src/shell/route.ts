// Where the page is: behind the # of the address, so that any static server can hold it.
import { useSyncExternalStore } from 'react'

export type Route =
  | { readonly view: 'new' }
  /** `messageId`: where to jump to. */
  | { readonly view: 'conversation'; readonly id: string; readonly messageId?: string }
  | { readonly view: 'server' }

export function readRoute(hash: string): Route {
  const [view, id, messageId] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  if (view === 'c' && id) return { view: 'conversation', id, ...(messageId ? { messageId } : {}) }
  return view === 'server' ? { view: 'server' } : { view: 'new' }
}

export const linkTo = {
  newChat: '#/',
  server: '#/server',
  conversation: (id: string) => `#/c/${encodeURIComponent(id)}`,
  message: (id: string, messageId: string) => `#/c/${encodeURIComponent(id)}/${encodeURIComponent(messageId)}`,
} as const

export function go(link: string): void {
  location.hash = link
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (onChange) => {
      addEventListener('hashchange', onChange)
      return () => removeEventListener('hashchange', onChange)
    },
    () => location.hash,
  )
  return readRoute(hash)
}
