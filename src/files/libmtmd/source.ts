// The source of libmtmd: npm fetches the package that has it (npm knows the user's registry and
// proxies), git unpacks it.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { LibmtmdError } from './failure.ts'
import { run } from './program.ts'
import { libmtmdRelease } from './release.ts'

export type SourceOptions = {
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches and unpacks the source into a folder of its own.
 * @param dir exists and is empty; llama.cpp's tree is in the folder that is returned, the rest is
 *   removed.
 * @throws LibmtmdError naming what failed; the signal's reason.
 */
export async function fetchSource(dir: string, { log, signal }: SourceOptions): Promise<string> {
  const { source } = libmtmdRelease
  log(`Fetching the source of libmtmd ${libmtmdRelease.version} (npm package ${source.package}, 36 MB)`)
  const isWindows = process.platform === 'win32'
  await run('npm', ['pack', source.package, '--silent', '--ignore-scripts'], {
    cwd: dir,
    signal,
    throughShell: isWindows,
  })
  const archive = (await readdir(dir)).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new LibmtmdError(`npm pack ${source.package} left no archive`)
  await checkIntegrity(join(dir, archive), source.integrity)
  await run('tar', ['-xzf', archive, source.bundle], { cwd: dir, signal })
  await rm(join(dir, archive))
  const tree = join(dir, 'llama.cpp')
  await mkdir(tree)
  await run('git', ['clone', '--quiet', '--no-checkout', source.bundle, tree], { cwd: dir, signal })
  await run('git', ['checkout', '--quiet', 'HEAD', '--', ...source.folders], { cwd: tree, signal })
  await rm(join(dir, 'package'), { recursive: true })
  return tree
}

/** @throws LibmtmdError when the file is not the pinned one. */
export async function checkIntegrity(path: string, expected: string): Promise<void> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(path), hash)
  const found = `sha512-${hash.digest('base64')}`
  if (found === expected) return
  throw new LibmtmdError(
    `what npm fetched is not the pinned ${libmtmdRelease.source.package}: ${found}, not ${expected}`,
  )
}
