// Finds a C++17 compiler with the command line of GCC and Clang, and gives its arguments for a
// shared library.
import { run } from './program.ts'

export type Compiler = {
  /** The program and its first arguments. */
  readonly command: readonly string[]
}

const usual = ['c++', 'g++', 'clang++']

/**
 * The first compiler that answers: the one in CXX (with its first arguments, as in `ccache g++`),
 * then the usual names.
 * @param named the value of CXX.
 * @returns undefined when there is no compiler.
 */
export async function findCompiler(named: string | undefined): Promise<Compiler | undefined> {
  const words = named?.split(/\s+/).filter((word) => word !== '') ?? []
  const candidates = [...(words.length > 0 ? [words] : []), ...usual.map((name) => [name])]
  for (const command of candidates) {
    const answers = await run(command[0]!, [...command.slice(1), '--version']).then(
      () => true,
      () => false,
    )
    if (answers) return { command }
  }
  return undefined
}

/** The file name of libmtmd on a platform. */
export function libraryFileName(platform: string): string {
  return platform === 'win32' ? 'mtmd.dll' : platform === 'darwin' ? 'libmtmd.dylib' : 'libmtmd.so'
}

/** Arguments of every compilation. MTMD_VIDEO is off, so libmtmd never starts ffmpeg or ffprobe. */
export function compileFlags(platform: string): readonly string[] {
  const position = platform === 'win32' ? [] : ['-fPIC']
  return ['-O2', '-DNDEBUG', '-DLLAMA_SHARED', '-DLLAMA_BUILD', '-w', ...position]
}

/**
 * Arguments that link the objects with the engine's libraries. On Linux those are found by name
 * among the libraries that the process has loaded; macOS also needs their folder. MinGW can link
 * with a DLL directly, which Microsoft's linker cannot.
 */
export function linkFlags(
  platform: string,
  engine: { readonly dir: string; readonly files: readonly string[] },
): string[] {
  switch (platform) {
    case 'darwin':
      return ['-dynamiclib', '-Wl,-install_name,@rpath/libmtmd.dylib', `-Wl,-rpath,${engine.dir}`, ...engine.files]
    case 'win32':
      return ['-shared', '-static-libgcc', '-static-libstdc++', ...engine.files]
    default:
      return ['-shared', '-pthread', '-Wl,--no-undefined', '-Wl,-soname,libmtmd.so', ...engine.files]
  }
}
