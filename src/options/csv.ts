/**
 * The parts of a comma-separated list. A part in double quotes may contain commas, and quotes if
 * they are doubled. Source: parse_csv_row in llama.cpp's common/arg.cpp. Empty parts are left out.
 */
export function readCsv(text: string): string[] {
  const parts = text.match(/"(?:[^"]|"")*"[^,]*|[^,]+/g) ?? []
  return parts
    .map((part) => part.replace(/^"((?:[^"]|"")*)"/, (_, quoted: string) => quoted.replaceAll('""', '"')))
    .filter((part) => part !== '')
}

/** A part in the form that `readCsv` reads back. */
export function csvPart(part: string): string {
  return /[",]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part
}
