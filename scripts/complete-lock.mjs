// Adds the platform packages that a registry mirror does not serve to package-lock.json, so `npm
// ci` agrees with package.json everywhere. Run it after `npm install` when the mirror lacks
// packages of other platforms. It knows only the naming scheme of platform packages
// (…-darwin-arm64, …/mac-x64); npm checks the rest when it installs.
import { readFileSync, writeFileSync } from 'node:fs'

const systems = {
  darwin: 'darwin',
  mac: 'darwin',
  win32: 'win32',
  win: 'win32',
  linux: 'linux',
  android: 'android',
  freebsd: 'freebsd',
}
const processors = { arm64: 'arm64', x64: 'x64', armv7l: 'arm', arm: 'arm', ia32: 'ia32', riscv64: 'riscv64' }

const pkg = JSON.parse(readFileSync('package.json', 'utf8'))
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
lock.packages[''].optionalDependencies = pkg.optionalDependencies

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue
    const words = name.split('/').pop().split('-')
    const os = words.map((w) => systems[w]).find(Boolean)
    const cpu = words.map((w) => processors[w]).find(Boolean)
    if (!os || !cpu) {
      console.error(`${name}: no platform in its name, left out`)
      continue
    }
    lock.packages[key] = {
      version,
      cpu: [cpu],
      ...(words.includes('musl') ? { libc: ['musl'] } : {}),
      ...(path ? { dev: entry.dev } : {}),
      optional: true,
      os: [os],
    }
    console.log(`added ${name}@${version} (${os} ${cpu})`)
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))
lock.packages = Object.fromEntries(sorted)
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
