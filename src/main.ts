#!/usr/bin/env node
// The command line program: options, model, server. What fails at start ends here, in a sentence.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createLogger } from './cli/logger.ts'
import { explain, serve, stopOnSignals } from './cli/serve.ts'
import { defaultCacheDir } from './model-store/cache-dir.ts'
import { fetchDefaultModel } from './model-store/fetch-model.ts'
import { helpText } from './options/help.ts'
import { resolveOptions } from './options/resolve.ts'
import type { Options } from './options/table.ts'

try {
  await main(resolveOptions(process.argv.slice(2), process.env))
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
  const log = createLogger(options)
  const model = options.model === undefined ? await defaultModel(options) : resolve(options.model)
  stopOnSignals(await serve(options, model, version, log), log)
}

function defaultModel(options: Options): Promise<string> {
  return fetchDefaultModel({
    cacheDir: options.cacheDir ?? defaultCacheDir(),
    log: (line) => process.stderr.write(`${line}\n`),
    ...(options.hfEndpoint === undefined ? {} : { hubUrl: options.hfEndpoint }),
    ...(options.hfToken === undefined ? {} : { hubToken: options.hfToken }),
  })
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
