// What was typed and not sent yet, by the place it was typed in: it survives a reload, and a crash.

const prefix = 'cria.draft.'

export function readDraft(place: string): string {
  return localStorage.getItem(prefix + place) ?? ''
}

export function writeDraft(place: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(prefix + place)
    else localStorage.setItem(prefix + place, text)
  } catch {
    // The storage is full: the text stays in its box.
  }
}
