// The commands of the program: serve, which is the default, run, build-mtmd and help.
import { StartError, show } from '../base/errors.ts'
import { helpText } from '../options/help.ts'
import { resolveCommandLine, resolveOptions } from '../options/resolve.ts'
import { optionWarnings } from '../options/warnings.ts'
import { packageVersion } from '../version.ts'

type Command = (args: readonly string[]) => Promise<void>

const commands: Readonly<Record<string, Command>> = { serve, run, 'build-mtmd': buildMtmd, help }

/**
 * @param argv the arguments after the program's name. @throws StartError for a command that cannot
 *   be carried out.
 */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const [first = '', ...rest] = argv
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  await (command === undefined ? serve(argv) : command(rest))
}

async function serve(args: readonly string[]): Promise<void> {
  const options = resolveOptions(args, process.env)
  if (options.help) return print(helpText())
  if (options.version) {
    const { enginePackagesVersion } = await import('../llama/platform.ts')
    return print(`cria ${packageVersion()}, node ${process.version}, engine packages ${enginePackagesVersion}\n`)
  }
  if (options.listDevices) {
    const { deviceList } = await import('./list-devices.ts')
    return print(deviceList())
  }
  const { start } = await import('./start.ts')
  await start(options, optionWarnings(args, process.env), { stopsOnSignals: true })
}

const runHelp = `usage: cria run [flags] [prompt]     answer the prompt, print the answer and end
       cria run [flags]              chat, a line each turn; an empty line ends it
       cria run [flags] < file       answer what is in the file

The model is that of -m, or a word of the prompt that ends with .gguf; without either the default model.
All flags of \`cria\` are taken: see cria --help.
`

async function run(args: readonly string[]): Promise<void> {
  const { options, texts } = resolveCommandLine(args, process.env)
  if (options.help) return print(runHelp)
  const { runInTerminal } = await import('./run.ts')
  await runInTerminal(options, texts)
}

const buildHelp = `usage: cria build-mtmd [--cache-dir DIR]     build libmtmd, which images need, and print its path

It takes a C++17 compiler (CXX names one) and about a minute; a start with --mmproj does it when it was not done.
`

async function buildMtmd(args: readonly string[]): Promise<void> {
  const { help, cacheDir } = resolveOptions(args, process.env)
  if (help) return print(buildHelp)
  const { buildMtmd } = await import('./build-mtmd.ts')
  print(`${await buildMtmd(cacheDir, (line) => process.stderr.write(`${line}\n`))}\n`)
}

async function help([name]: readonly string[]): Promise<void> {
  if (name === undefined || name === 'serve') return print(helpText())
  const text = name === 'run' ? runHelp : name === 'build-mtmd' ? buildHelp : undefined
  if (text === undefined) {
    throw new StartError(`there is no command ${show(name)}; there are ${Object.keys(commands).join(', ')}`)
  }
  print(text)
}

function print(text: string): void {
  process.stdout.write(text)
}
