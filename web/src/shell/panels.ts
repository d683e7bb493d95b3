// Which of the things beside and above the view are open.
import { create } from 'zustand'
import { changeSettings, settings } from '../settings/settings.ts'

export type SettingsTab = 'general' | 'prompt' | 'sampling'

type Panels = {
  readonly isMenuOpen: boolean
  readonly isSettingsOpen: boolean
  readonly settingsTab: SettingsTab
  readonly dialog: 'key' | 'keys' | undefined
  /** What was just done, and can be undone. */
  readonly toast: { readonly text: string; readonly undo: () => void } | undefined
  /** Said to those who hear the page; changes with each announcement. */
  readonly announcement: string
}

export const usePanels = create<Panels>(() => ({
  isMenuOpen: false,
  isSettingsOpen: false,
  settingsTab: 'general',
  dialog: undefined,
  toast: undefined,
  announcement: '',
}))
export const changePanels = (change: Partial<Panels>): void => usePanels.setState(change)
/** Over the view on a phone, beside it elsewhere. */
export function showList(): void {
  changeSettings({ showsList: true })
  changePanels({ isMenuOpen: true })
}

export function hideList(): void {
  if (!isNarrow()) changeSettings({ showsList: false })
  changePanels({ isMenuOpen: false })
}

export function isListShown(): boolean {
  return isNarrow() ? usePanels.getState().isMenuOpen : settings().showsList
}

/** As style/shell.css has it. */
const isNarrow = () => matchMedia('(max-width: 50rem)').matches

export const announce = (announcement: string): void => usePanels.setState({ announcement })
