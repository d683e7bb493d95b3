// Sets of Unicode code points as lists of ranges.

/** Both ends are inside. */
export type CodePoints = { readonly from: number; readonly to: number }

export const lastCodePoint = 0x10ffff
export const everyCodePoint: readonly CodePoints[] = [{ from: 0, to: lastCodePoint }]

export function onePoint(codePoint: number): CodePoints {
  return { from: codePoint, to: codePoint }
}

/** The characters of a text, each a range of its own. */
export function pointsOf(text: string): CodePoints[] {
  return Array.from(text, (char) => onePoint(char.codePointAt(0)!))
}

/** @returns the ranges in order, none touching another. */
export function normalize(set: readonly CodePoints[]): CodePoints[] {
  const sorted = [...set].sort((a, b) => a.from - b.from)
  const result: CodePoints[] = []
  for (const range of sorted) {
    const last = result.at(-1)
    if (last !== undefined && range.from <= last.to + 1) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else {
      result.push(range)
    }
  }
  return result
}

export function subtract(set: readonly CodePoints[], without: readonly CodePoints[]): CodePoints[] {
  const result: CodePoints[] = []
  const holes = normalize(without)
  let hole = 0
  for (const { from, to } of normalize(set)) {
    let start = from
    while (hole < holes.length && holes[hole]!.to < start) hole++
    for (let i = hole; i < holes.length && holes[i]!.from <= to; i++) {
      if (holes[i]!.from > start) result.push({ from: start, to: holes[i]!.from - 1 })
      start = Math.max(start, holes[i]!.to + 1)
    }
    if (start <= to) result.push({ from: start, to })
  }
  return result
}
