// Loads libmtmd beside the libllama of this process, its layouts checked, its log sent to the same
// place as libllama's.
import koffi from 'koffi'
import { messageOf, StartError } from '../../base/errors.ts'
import { collectLogLine, loadLibrary } from '../library.ts'
import { LogCollector } from '../log.ts'
import { LogCallback } from '../structs.ts'
import { checkMtmdLayouts } from './layouts.ts'
import { bindMtmdSymbols, type MtmdSymbols } from './symbols.ts'

let loaded: { readonly path: string; readonly symbols: MtmdSymbols } | undefined

/**
 * @param path of libmtmd, built for the engine package of this process.
 * @throws StartError when it does not load or is of another release.
 */
export function loadMtmd(path: string): MtmdSymbols {
  if (loaded?.path === path) return loaded.symbols
  loadLibrary(true) // libmtmd finds the engine's libraries among the loaded ones
  let symbols: MtmdSymbols
  try {
    symbols = bindMtmdSymbols(koffi.load(path))
  } catch (error) {
    throw new StartError(`${path} does not load: ${messageOf(error)}; remove it, then: cria build-mtmd`)
  }
  checkMtmdLayouts(symbols, path)
  const collector = new LogCollector(collectLogLine)
  const callback = koffi.register(
    (level: number, text: string) => collector.push(level, text),
    koffi.pointer(LogCallback),
  )
  symbols.mtmd_helper_log_set(callback, null)
  loaded = { path, symbols }
  return symbols
}
