// LoRA adapters on the command line: --lora FNAME, --lora-scaled FNAME SCALE, --lora-scaled
// FNAME:SCALE.
import { StartError, show } from '../base/errors.ts'
import { csvPart, readCsv } from './csv.ts'

export type AdapterFile = { readonly path: string; readonly scale: number }

/** Separates a path from its scale inside this room: no argument and no path can contain it. */
const divider = '\0'

/** The largest scale with which libllama's numbers stay finite. */
export const largestScale = 10_000

/**
 * Arguments in which each --lora-scaled has one value, in whichever way its scale was written.
 * @throws StartError for a file without a scale.
 */
export function joinScales(argv: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const [flag, ...rest] = argv[i]!.split('=')
    if (flag !== '--lora-scaled') {
      joined.push(argv[i]!)
      continue
    }
    const value = rest.length > 0 ? rest.join('=') : argv[++i]
    if (value === undefined || value === '') throw new StartError(`${flag} needs a value: ${flag} FNAME SCALE`)
    const files = readCsv(value)
    const needsScale = files.length === 1 && !/:[^:/\\]*$/.test(value)
    const scaled = needsScale ? [`${files[0]}:${isFlag(argv[i + 1]) ? '' : argv[++i]}`] : files
    // without a = yargs would remove quotes
    joined.push(flag, scaled.map((file) => csvPart(withDivider(file))).join(','))
  }
  return joined
}

function isFlag(argument: string | undefined): boolean {
  return argument === undefined || /^--?[a-z]/i.test(argument)
}

function withDivider(file: string): string {
  const at = file.lastIndexOf(':')
  const [path, scale] = [file.slice(0, at), file.slice(at + 1)]
  if (at <= 0 || scale === '') {
    throw new StartError(`--lora-scaled: ${show(path || scale)} has no scale: FNAME SCALE or FNAME:SCALE`)
  }
  return `${path}${divider}${scale}`
}

/** @throws StartError for an invalid scale. */
export function readAdapterFiles(name: string, text: string): AdapterFile[] {
  return readCsv(text).map((file) => {
    const [path, scale] = file.split(divider) as [string, string?]
    return { path, scale: scale === undefined ? 1 : readScale(name, scale) }
  })
}

function readScale(name: string, text: string): number {
  const scale = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(scale)) throw new StartError(`${name}: the scale ${show(text)} is not a number`)
  if (Math.abs(scale) > largestScale) {
    throw new StartError(`${name}: the scale ${text} is not in [-${largestScale}, ${largestScale}]`)
  }
  return scale
}
