// Checks the files that flags name before anything else: a start that cannot succeed fetches and
// builds nothing.
import { accessSync, constants, statSync } from 'node:fs'
import { StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'

/** @throws StartError naming the flag and the file. */
export function checkFiles({ mmproj, lora = [], loraBase }: Options): void {
  const files: readonly (readonly [flag: string, path: string | undefined])[] = [
    ['--mmproj', mmproj],
    ['--lora-base', loraBase],
    ...lora.map(({ path }) => ['--lora', path] as const),
  ]
  for (const [flag, path] of files) {
    if (path !== undefined) checkFile(flag, path)
  }
}

function checkFile(flag: string, path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new StartError(`${flag}: ${path} cannot be read: there is no such file`)
  if (!stats.isFile()) throw new StartError(`${flag}: ${path} cannot be read: it is not a file`)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw new StartError(`${flag}: ${path} cannot be read: permission denied`)
  }
}
