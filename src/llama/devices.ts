// The devices that the engine can compute on, and why an installed GPU package provides none.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'
import { messageOf } from '../base/errors.ts'
import { type Library, loadLibrary, type Skipped } from './library.ts'
import { type EnginePackage, isGpuPackage } from './platform.ts'

export type Device = {
  /** As in `Vulkan0` or `CPU`. */
  readonly name: string
  /** Its maker's name for it. */
  readonly description: string
  readonly kind: (typeof kinds)[number]
  /** 0 when the device does not report it. */
  readonly totalBytes: number
  readonly freeBytes: number
}

// ggml_backend_dev_type in ggml-backend.h
const kinds = ['cpu', 'gpu', 'integrated gpu', 'accelerator', 'several'] as const

export function listDevices({ symbols }: Library): readonly Device[] {
  return Array.from({ length: Number(symbols.ggml_backend_dev_count()) }, (_, i) => {
    const device = symbols.ggml_backend_dev_get(i)
    const [free, total] = [new BigUint64Array(1), new BigUint64Array(1)]
    symbols.ggml_backend_dev_memory(device, free, total)
    return {
      name: symbols.ggml_backend_dev_name(device),
      description: symbols.ggml_backend_dev_description(device),
      kind: kinds[symbols.ggml_backend_dev_type(device)] ?? 'accelerator',
      totalBytes: Number(total[0]),
      freeBytes: Number(free[0]),
    }
  })
}

/**
 * The reasons why installed GPU packages are not used, a sentence each; empty when none is
 * installed.
 */
export function gpuProblems(library: Library, devices: readonly Device[]): readonly string[] {
  const ofSkipped = library.skipped.filter(({ name }) => isGpuPackage(name)).map(problemOf)
  const hasGpu = devices.some(({ kind }) => kind === 'gpu' || kind === 'integrated gpu')
  if (hasGpu || !isGpuPackage(library.engine.name)) return ofSkipped
  return [...ofSkipped, problemOf({ name: library.engine.name, why: backendProblem(library.engine) })]
}

function problemOf({ name, why }: Skipped): string {
  return `@node-llama-cpp/${name} is installed but not used: ${why}`
}

/** ggml silently skips a backend that does not load: here its error is requested. */
function backendProblem({ dir }: EnginePackage): string {
  const file = readdirSync(dir).find((name) => /^(lib)?ggml-(cuda|vulkan|metal)\.(so|dll|dylib)$/.test(name))
  if (file === undefined) return 'it has no GPU backend'
  try {
    koffi.load(join(dir, file))
    return 'it finds no GPU, or none whose driver works'
  } catch (error) {
    return `${file} does not load: ${messageOf(error).replace(/^Failed to load shared library: /, '')}`
  }
}

/** Loads the engine only to list its devices. @throws StartError when no package works here. */
export function findDevices(): {
  readonly engine: string
  readonly devices: readonly Device[]
  readonly problems: readonly string[]
} {
  const library = loadLibrary(true)
  const devices = listDevices(library)
  return { engine: library.engine.name, devices, problems: gpuProblems(library, devices) }
}
