// Loads libllama once per process: the best engine package that works here, its layouts checked,
// its log redirected.
import koffi from 'koffi'
import { messageOf, StartError } from '../base/errors.ts'
import { checkLayouts } from './layouts.ts'
import { type EngineLogLine, LogCollector } from './log.ts'
import { backendsDir, type EnginePackage, enginePackagesVersion, findPackages, packageNames } from './platform.ts'
import { bindSymbols, type Symbols } from './symbols.ts'

export type Library = {
  readonly symbols: Symbols
  readonly engine: EnginePackage
  /** Installed packages with a higher rank that do not work here. */
  readonly skipped: readonly Skipped[]
}

export type Skipped = { readonly name: string; readonly why: string }

let loaded: Library | undefined
let onLog: (line: EngineLogLine) => void = () => {}

let errors: string[] = []
let collected: string[] | undefined

/** The errors that libllama has logged since the last call, as one sentence. */
export function recentErrors(): string {
  const said = errors.map((text) => text.replace(/^[\w:]+: /, '').replace(/^error loading model: /, ''))
  errors = []
  return said[0] ?? 'the engine gave no reason'
}

/** Receives a line of the log of any of the engine's libraries. */
export function collectLogLine(line: EngineLogLine): void {
  if (line.level === 'error') errors.push(line.text)
  collected?.push(line.text)
  onLog(line)
}

/** @returns the result of `work`, and every line logged during it. */
export function withLog<T>(work: () => T): { readonly result: T; readonly lines: readonly string[] } {
  const lines: string[] = []
  collected = lines
  try {
    return { result: work(), lines }
  } finally {
    collected = undefined
  }
}

/** Gives libllama's functions the largest possible stack; call it before the library is loaded. */
export function enlargeStack(): void {
  koffi.config({ sync_stack_size: 16 * 2 ** 20 })
}

/** Sets where lines of libllama's log go from now on. */
export function setLogSink(sink: (line: EngineLogLine) => void): void {
  onLog = sink
}

/**
 * @param withBackends whether models are to be computed, rather than only their vocabularies read.
 * @throws StartError when no engine package works here, or when one is not of the expected release.
 */
export function loadLibrary(withBackends: boolean): Library {
  if (loaded !== undefined) return loaded
  const { complete, broken } = findPackages()
  const skipped = [...broken]
  for (const candidate of complete) {
    try {
      loaded = { ...open(candidate, withBackends), engine: candidate, skipped }
      return loaded
    } catch (error) {
      skipped.push({ name: candidate.name, why: messageOf(error) })
    }
  }
  const failures = skipped.map(({ name, why }) => `${name}: ${why}`)
  const names = packageNames(process.platform, process.arch)
  const platform = `${process.platform} ${process.arch}`
  if (names.length === 0) throw new StartError(`there is no prebuilt engine for ${platform}`)
  if (failures.length > 0) throw new StartError(`the engine does not load on ${platform}: ${failures.join('; ')}`)
  const name = `@node-llama-cpp/${names.at(-1)}@${enginePackagesVersion}`
  throw new StartError(`the engine for ${platform} is not installed; run: npm install ${name}`)
}

function open(engine: EnginePackage, withBackends: boolean): Pick<Library, 'symbols'> {
  // libllama recurses there as well
  koffi.config({ async_stack_size: koffi.config().sync_stack_size ?? 0 })
  const base = koffi.load(engine.files.base) // each library needs the one before it
  const ggml = koffi.load(engine.files.ggml)
  const llama = koffi.load(engine.files.llama)
  const symbols = bindSymbols(base, ggml, llama)
  checkLayouts(symbols, engine.name)
  new LogCollector(collectLogLine).attach(symbols)
  if (withBackends) symbols.ggml_backend_load_all_from_path(backendsDir(engine))
  symbols.llama_backend_init()
  return { symbols }
}
