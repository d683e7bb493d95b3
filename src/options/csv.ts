/**
 * The parts of a comma list. A part in double quotes may hold commas, and a quote as two of them.
 * Source: parse_csv_row in llama.cpp's common/arg.cpp. Empty parts are left out.
 */
export function readCsv(text: string): string[] {
  const parts = text.match(/"(?:[^"]|"")*"[^,]*|[^,]+/g) ?? []
  return parts
    .map((part) => part.replace(/^"((?:[^"]|"")*)"/, (_, quoted: string) => quoted.replaceAll('""', '"')))
    .filter((part) => part !== '')
}

/** A part as `readCsv` reads it back. */
export function csvPart(part: string): string {
  return /[",]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part
}
