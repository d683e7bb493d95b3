// Sizes of memory as the log and --list-devices show them.

/** As in `1.5 GiB`. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

/** As in `98 MiB` or `4.1 GiB`. */
export function mebibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? gibibytes(bytes) : `${Math.ceil(bytes / 2 ** 20)} MiB`
}
