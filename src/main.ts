#!/usr/bin/env node
// The command line program: options, model, server. What fails at start ends here, in a sentence.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkFiles } from './cli/check-files.ts'
import { explain, serve } from './cli/serve.ts'
import { helpText } from './options/help.ts'
import { resolveOptions } from './options/resolve.ts'
import type { Options } from './options/table.ts'
import { optionWarnings } from './options/warnings.ts'

try {
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'build-mtmd') await buildVisionLibrary(resolveOptions(rest, process.env))
  else await main(resolveOptions(process.argv.slice(2), process.env))
} catch (error) {
  const { message, exitCode } = explain(error)
  process.stderr.write(`cria: ${message}\n`)
  process.exit(exitCode)
}

async function main(options: Options): Promise<void> {
  const version = packageVersion()
  if (options.help) {
    process.stdout.write(helpText())
    return
  }
  if (options.version) {
    const { enginePackagesVersion } = await import('./llama/platform.ts')
    process.stdout.write(`cria ${version}, node ${process.version}, engine packages ${enginePackagesVersion}\n`)
    return
  }
  if (options.listDevices) {
    const { deviceList } = await import('./cli/list-devices.ts')
    process.stdout.write(deviceList())
    return
  }
  checkFiles(options)
  const model = options.model === undefined ? await defaultModel(options) : resolve(options.model)
  await serve(options, model, version, optionWarnings(process.argv.slice(2), process.env))
}

async function buildVisionLibrary({ cacheDir }: Options): Promise<void> {
  const { buildMtmd } = await import('./cli/build-mtmd.ts')
  const path = await buildMtmd(cacheDir, (line) => process.stderr.write(`${line}\n`))
  process.stdout.write(`${path}\n`)
}

async function defaultModel(options: Options): Promise<string> {
  const { defaultCacheDir } = await import('./model-store/cache-dir.ts')
  const { fetchDefaultModel } = await import('./model-store/fetch-model.ts')
  return fetchDefaultModel({
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    offline: options.offline,
    log: (line) => process.stderr.write(`${line}\n`),
    ...(options.hfEndpoint === undefined ? {} : { hubUrl: options.hfEndpoint }),
    ...(options.hfToken === undefined ? {} : { hubToken: options.hfToken }),
  })
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
