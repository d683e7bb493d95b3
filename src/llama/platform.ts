// Finds the prebuilt engine libraries: the platform packages that can run here, best first.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type EnginePackage = {
  /** As in `linux-x64-vulkan`. */
  readonly name: string
  readonly dir: string
  readonly files: { readonly base: string; readonly ggml: string; readonly llama: string }
}

export const enginePackagesVersion = '3.22.1'

/**
 * The packages to try on a platform, those with a GPU first. A GPU package is used only if the user
 * installed it.
 */
export function packageNames(platform: string, arch: string): readonly string[] {
  switch (`${platform}-${arch}`) {
    case 'linux-x64':
      return ['linux-x64-cuda', 'linux-x64-vulkan', 'linux-x64']
    case 'linux-arm64':
      return ['linux-arm64']
    case 'linux-arm':
      return ['linux-armv7l']
    case 'darwin-arm64':
      return ['mac-arm64-metal']
    case 'darwin-x64':
      return ['mac-x64']
    case 'win32-x64':
      return ['win-x64-cuda', 'win-x64-vulkan', 'win-x64']
    case 'win32-arm64':
      return ['win-arm64']
    default:
      return []
  }
}

export function isGpuPackage(name: string): boolean {
  return /-(cuda|vulkan|metal)$/.test(name)
}

export type FoundPackages = {
  /** Best first. */
  readonly complete: readonly EnginePackage[]
  readonly broken: readonly { readonly name: string; readonly why: string }[]
}

/** The engine packages that are installed for this platform, best first. */
export function installedPackages(): readonly EnginePackage[] {
  return findPackages().complete
}

/** The packages installed for this platform, and why the unusable ones cannot be used. */
export function findPackages(): FoundPackages {
  const require = createRequire(import.meta.url)
  const complete: EnginePackage[] = []
  const broken: { name: string; why: string }[] = []
  for (const name of packageNames(process.platform, process.arch)) {
    const root = packageRoot(require, name)
    if (root === undefined) continue
    const found = readPackage(root, name)
    if ('why' in found) broken.push({ name, ...found })
    else complete.push(found)
  }
  return { complete, broken }
}

/** @param root the folder of the package. @returns the reason if it cannot be used. */
export function readPackage(root: string, name: string): EnginePackage | { readonly why: string } {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version?: string }
  if (version !== enginePackagesVersion) {
    const command = `npm install --no-save @node-llama-cpp/${name}@${enginePackagesVersion}`
    return { why: `it is version ${version}, and ${enginePackagesVersion} is needed; run: ${command}` }
  }
  const dir = join(root, 'bins', name)
  const files = existsSync(dir) ? libraryFiles(dir) : undefined
  if (files === undefined) return { why: `its libraries are not in ${dir}` }
  return { name, dir, files }
}

function packageRoot(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(`@node-llama-cpp/${name}`) ?? []) {
    const root = join(folder, '@node-llama-cpp', name)
    if (existsSync(join(root, 'package.json'))) return root
  }
  return undefined
}

/**
 * Names may carry a kind and a version: libllama.v0.5.0.so, libllama.vulkan.v0.5.0.so, llama.dll,
 * libllama.dylib.
 */
function libraryFiles(dir: string): EnginePackage['files'] | undefined {
  const names = readdirSync(dir)
  const find = (stem: string) => {
    const pattern = new RegExp(`^(lib)?${stem}(\\.[\\w.]+)?\\.(so|dylib|dll)$`)
    const name = names.find((candidate) => pattern.test(candidate))
    return name === undefined ? undefined : join(dir, name)
  }
  const [base, ggml, llama] = [find('ggml-base'), find('ggml'), find('llama')]
  return base && ggml && llama ? { base, ggml, llama } : undefined
}

/** The directory of a library file; the backends that ggml picks at run time lie beside it. */
export function backendsDir(engine: EnginePackage): string {
  return dirname(engine.files.ggml)
}
