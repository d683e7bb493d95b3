// Why there is no GPU, as the start and --list-devices say it.
import { enginePackagesVersion, isGpuPackage, packageNames } from '../llama/platform.ts'

/** What is said behind the engine's name in one line; nothing for a package with a GPU. */
export function whyNoGpu(backend: string): string {
  if (isGpuPackage(backend)) return ''
  return gpuPackages().length === 0 ? '' : '; no GPU package is installed: see --list-devices'
}

/** How to get a GPU package, as a sentence. */
export function howToGetGpu(): string {
  const names = gpuPackages()
  if (names.length === 0) return 'there is no GPU package of the engine for this platform'
  const packages = names.map((name) => `@node-llama-cpp/${name}@${enginePackagesVersion}`).join(' or ')
  return `no GPU package of the engine is installed; for one, run: npm install --no-save ${packages}`
}

function gpuPackages(): readonly string[] {
  return packageNames(process.platform, process.arch).filter(isGpuPackage)
}
