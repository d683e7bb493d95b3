// libmtmd for the tests: the user's own, or built into the cache folder as `cria build-mtmd` does.

import { findCompiler } from '../../src/files/libmtmd/compiler.ts'
import { ensureLibmtmd, findLibmtmd } from '../../src/files/libmtmd/libmtmd.ts'
import { type EnginePackage, installedPackages } from '../../src/llama/platform.ts'
import { cacheDir } from './smollm2.ts'

/** @returns its path, or the reason why it is unavailable here. */
export async function testVisionLibrary(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const engine: EnginePackage | undefined = installedPackages()[0]
  if (engine === undefined) return { missing: 'no engine package' }
  const options = { engine, cacheDir, cxx: process.env.CXX, log: (line: string) => console.error(line) }
  const found = findLibmtmd(options)
  if (found !== undefined) return { path: found }
  if ((await findCompiler(process.env.CXX)) === undefined) return { missing: 'no C++ compiler' }
  return { path: await ensureLibmtmd(options) }
}
