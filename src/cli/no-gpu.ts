// The reason why no GPU is used, as the start and --list-devices report it.
import { enginePackagesVersion, isGpuPackage, packageNames } from '../llama/platform.ts'

/** The remark after the engine's name, in one line; empty for a package with a GPU. */
export function whyNoGpu(backend: string): string {
  if (isGpuPackage(backend)) return ''
  return gpuPackages().length === 0 ? '' : '; no GPU package is installed: see --list-devices'
}

/** Instructions to get a GPU package, as a sentence. */
export function howToGetGpu(): string {
  const names = gpuPackages()
  if (names.length === 0) return 'there is no GPU package of the engine for this platform'
  const packages = names.map((name) => `@node-llama-cpp/${name}@${enginePackagesVersion}`).join(' or ')
  return `no GPU package of the engine is installed; for one, run: npm install --no-save ${packages}`
}

function gpuPackages(): readonly string[] {
  return packageNames(process.platform, process.arch).filter(isGpuPackage)
}
