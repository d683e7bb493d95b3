/**
 * Makes the tiny models of the tests ahead of time, and reports what it does. Usage: tsx
 * scripts/make-tiny-models.ts [folder], by default `.cache/tiny-models/`. An up-to-date file is
 * kept.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { TINY_MODEL_DIR, TINY_MODEL_NAMES, writeTinyModel } from '../test/support/tiny-models.ts'

const dir = resolve(process.argv[2] ?? TINY_MODEL_DIR)
for (const name of TINY_MODEL_NAMES) {
  const { path, isNew } = writeTinyModel(name, dir)
  console.log(`${isNew ? 'wrote' : 'kept '} ${path} (${Math.round(statSync(path).size / 1024)} KiB)`)
}
