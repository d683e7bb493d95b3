// Where the prebuilt engine libraries are: which platform packages can run here, best first.
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type EnginePackage = {
  /** As in `linux-x64-vulkan`. */
  readonly name: string
  readonly dir: string
  readonly files: { readonly base: string; readonly ggml: string; readonly llama: string }
}

export const enginePackagesVersion = '3.22.1'

/** The packages to try on a platform, those with a GPU first. A GPU package is used when its user installed it. */
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

/** The engine packages that are installed for this platform, best first. */
export function installedPackages(): EnginePackage[] {
  const require = createRequire(import.meta.url)
  const found: EnginePackage[] = []
  for (const name of packageNames(process.platform, process.arch)) {
    const root = packageRoot(require, name)
    if (root === undefined) continue
    const dir = join(root, 'bins', name)
    const files = existsSync(dir) ? libraryFiles(dir) : undefined
    if (files !== undefined) found.push({ name, dir, files })
  }
  return found
}

function packageRoot(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(`@node-llama-cpp/${name}`) ?? []) {
    const root = join(folder, '@node-llama-cpp', name)
    if (existsSync(join(root, 'package.json'))) return root
  }
  return undefined
}

/** Names carry a version and the platform's ending: libllama.v0.5.0.so, llama.dll, libllama.dylib. */
function libraryFiles(dir: string): EnginePackage['files'] | undefined {
  const names = readdirSync(dir)
  const find = (stem: string) => {
    const pattern = new RegExp(`^(lib)?${stem}(\\.v?[0-9.]+)?\\.(so|dylib|dll)$`)
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
