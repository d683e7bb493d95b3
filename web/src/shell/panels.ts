// Which of the things beside and above the view are open.
import { create } from 'zustand'

type Panels = {
  readonly isMenuOpen: boolean
  readonly isSettingsOpen: boolean
  readonly dialog: 'key' | 'keys' | undefined
  /** Said to those who hear the page; changes with each announcement. */
  readonly announcement: string
}

export const usePanels = create<Panels>(() => ({
  isMenuOpen: false,
  isSettingsOpen: false,
  dialog: undefined,
  announcement: '',
}))
export const changePanels = (change: Partial<Panels>): void => usePanels.setState(change)
export const announce = (announcement: string): void => usePanels.setState({ announcement })
