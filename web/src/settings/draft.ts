// What was typed and not sent yet, by the place it was typed in: it survives a reload, and a crash.

const prefix = 'cria.draft.'

export function readDraft(place: string): string {
  return localStorage.getItem(prefix + place) ?? ''
}

/** Files that were added and not sent yet; of this tab only, since they may be large. */
export function readDraftParts<T>(place: string): readonly T[] {
  return JSON.parse(sessionStorage.getItem(prefix + place) ?? '[]')
}

export function writeDraftParts(place: string, parts: readonly object[]): void {
  try {
    if (parts.length === 0) sessionStorage.removeItem(prefix + place)
    else sessionStorage.setItem(prefix + place, JSON.stringify(parts))
  } catch {
    // Too large to be kept: they stay in the box.
  }
}

export function writeDraft(place: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(prefix + place)
    else localStorage.setItem(prefix + place, text)
  } catch {
    // The storage is full: the text stays in its box.
  }
}
