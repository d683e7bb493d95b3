// `npm test`: sets up missing parts, then runs checks and tests. Phases may be named: check, unit,
// contract, e2e, browser.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, setup } from './setup.mjs'

setup({ tests: true })
const runner = join(root, 'scripts', 'run-tests.ts')
const { status } = spawnSync(process.execPath, ['--import', 'tsx', runner, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
