// The folder of --slot-save-path, created and checked before anything is started.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { messageOf, StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'

/** @throws StartError that says why slots could not be saved there. */
export function makeSlotFolder({ slotSavePath }: Options): void {
  if (slotSavePath === undefined) return
  try {
    if (statSync(slotSavePath, { throwIfNoEntry: false }) === undefined) mkdirSync(slotSavePath)
    accessSync(slotSavePath, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new StartError(`--slot-save-path: slots cannot be saved in ${slotSavePath}: ${messageOf(error)}`)
  }
  if (!statSync(slotSavePath).isDirectory()) throw new StartError(`--slot-save-path: ${slotSavePath} is not a folder`)
}
