// `npm run try-package [NODE-VERSION …]`: packs the package, installs it into empty folders and
// runs its program there, by npx, under each supported version of Node. It needs the network.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './setup.mjs'

const named = process.argv.slice(2)
const versions = named.length > 0 ? named : ['20.19.0', '20', '22', '24']
const folder = mkdtempSync(join(tmpdir(), 'cria-package-'))
let nFailed = 0
try {
  npm(['pack', '--pack-destination', folder], root)
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  )
  const script = 'node --version && cria --version && cria help run'
  for (const version of versions) {
    const empty = mkdtempSync(join(folder, 'empty-'))
    writeFileSync(join(empty, 'package.json'), '{}')
    const { status, stdout, stderr } = npm(
      ['exec', '--yes', '--package', `node@${version}`, '--package', tarball, '--call', script],
      empty,
    )
    const isGood = status === 0 && /^cria \d/m.test(stdout) && /^usage: cria run/m.test(stdout)
    if (!isGood) nFailed++
    console.log(`${isGood ? '✓' : '✗'} node ${version}: ${isGood ? stdout.split('\n').slice(0, 2).join(', ') : stderr}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(nFailed > 0 ? 1 : 0)

function npm(args, cwd) {
  return spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}
