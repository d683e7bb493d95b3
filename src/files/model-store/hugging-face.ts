/**
 * Fetches a file of a repository on Hugging Face, or of a mirror, into a part file; continues an
 * earlier download. The requests are those of @huggingface/hub: a probe of the first byte gives
 * size and etag, then one GET with a Range header fetches the missing bytes. Plain HTTP rather than
 * xet, which supports ranges too but needs more requests to more hosts. Reads no environment
 * variable: the hub's address and the token come from the caller.
 */
import { open, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FileDownloadInfoOutput } from '@huggingface/hub'
import { CacheFolderError, onDisk } from './cache-folder-error.ts'
import type { HubSource } from './default-model.ts'
import { describeFailure, describeStatus } from './failure.ts'
import type { FetchContext } from './fetch-context.ts'
import { fileSize } from './part-file.ts'
import { startProgress } from './progress.ts'

export interface HubOptions {
  /** Address of the hub or mirror; undefined is the library's default. */
  readonly hubUrl?: string | undefined
  /** Access token, for a mirror that requires one. */
  readonly hubToken?: string | undefined
  /** The timeout of the first answer; default 10 s, to give up an unreachable hub soon. */
  readonly connectTimeoutMs?: number | undefined
  /** The longest time without any data during a download; default 30 s. */
  readonly stallTimeoutMs?: number | undefined
  /** The pause before the first retry, longer before each further one; default 1 s. */
  readonly retryDelayMs?: number | undefined
}

const maxAttempts = 5

/**
 * Fills context.partPath with the whole file. A connection that breaks after some bytes is tried
 * again; a hub that sends nothing at all is not, so the next source gets its turn soon. Received
 * bytes stay in the part file when this throws, unless they cannot belong to this file.
 * @throws Error whose message is a sentence; CacheFolderError; the signal's reason.
 */
export async function fetchFromHub(source: HubSource, context: FetchContext, options: HubOptions): Promise<void> {
  let hasGained = false
  for (let attempt = 1; ; attempt++) {
    const before = await fileSize(context.partPath)
    try {
      return await fetchRest(source, context, options)
    } catch (error) {
      context.signal?.throwIfAborted()
      hasGained ||= (await fileSize(context.partPath)) > before
      const isHopeless = error instanceof CacheFolderError || error instanceof WrongFileError
      if (isHopeless || !hasGained || attempt === maxAttempts) throw error
      context.log(`The download was interrupted: ${(error as Error).message}. Trying to continue.`)
      await pause((options.retryDelayMs ?? 1000) * attempt, context.signal)
    }
  }
}

/** The server has a different file: no retry helps. */
class WrongFileError extends Error {}

async function fetchRest(source: HubSource, context: FetchContext, options: HubOptions): Promise<void> {
  const { downloadFile } = await import('@huggingface/hub')
  const wire = new Wire(context.signal, options)
  try {
    const info = await probe(source, wire, options)
    const begun = await beginning(context.partPath, source.sizeBytes)
    if (begun > 0) context.log(`Continuing after ${begun} of ${source.sizeBytes} bytes.`)
    const params = { ...address(source, options), downloadInfo: info, fetch: wire.fetch, xet: false }
    const blob = await downloadFile(params)
    if (!blob) throw new WrongFileError(`there is no file ${source.path} in ${source.repo}`)
    await receive(begun === 0 ? blob : blob.slice(begun), begun, source.sizeBytes, wire, context)
  } catch (error) {
    if (error instanceof CacheFolderError || error instanceof WrongFileError) throw error
    throw new Error(wire.failure ?? describeFailure(error), { cause: error })
  } finally {
    wire.close()
  }
}

/**
 * Asks the server what it has, and refuses a file that cannot be the right one before a byte is
 * fetched.
 */
async function probe(source: HubSource, wire: Wire, options: HubOptions): Promise<FileDownloadInfoOutput> {
  const { fileDownloadInfo } = await import('@huggingface/hub')
  const info = await fileDownloadInfo({ ...address(source, options), fetch: wire.fetch }).catch((error: unknown) => {
    // The library needs range support to learn the size. We know the size: the whole file can still
    // be fetched.
    if (wire.status !== 200) throw error
    return { size: source.sizeBytes, etag: '', url: wire.url }
  })
  if (info === null) throw new WrongFileError(`there is no file ${source.path} in ${source.repo} (HTTP 404)`)
  if (info.size !== source.sizeBytes) {
    throw new WrongFileError(`the server's file has ${info.size} bytes, not the expected ${source.sizeBytes}`)
  }
  // The etag of a file in large-file storage is its sha256.
  const sha256 = /^"?([0-9a-f]{64})"?$/.exec(info.etag)?.[1]
  if (sha256 !== undefined && sha256 !== source.sha256) {
    throw new WrongFileError(`the server's file has the sha256 ${sha256}, not the expected ${source.sha256}`)
  }
  return info
}

function address(source: HubSource, { hubUrl, hubToken }: HubOptions) {
  return {
    repo: source.repo,
    path: source.path,
    revision: source.revision,
    ...(hubUrl === undefined ? {} : { hubUrl: hubUrl.replace(/\/+$/, '') }),
    ...(hubToken === undefined ? {} : { accessToken: hubToken }),
  }
}

/**
 * @returns how many bytes of the file are in the part; a part that is not the beginning of the file
 *   is removed.
 */
async function beginning(partPath: string, sizeBytes: number): Promise<number> {
  const size = await fileSize(partPath)
  if (size < sizeBytes) return size
  await onDisk(partPath, rm(partPath, { force: true }))
  return 0
}

async function receive(
  blob: Blob,
  begun: number,
  sizeBytes: number,
  wire: Wire,
  { partPath, progress: mode, log }: FetchContext,
): Promise<void> {
  const part = await onDisk(partPath, open(partPath, 'a'))
  let nBytes = begun
  let progress = startProgress({ mode, totalBytes: sizeBytes, startBytes: begun, log })
  try {
    let isFirst = true
    for await (const block of blob.stream() as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      wire.feed()
      if (isFirst && nBytes > 0 && wire.status === 200) {
        progress.stop()
        log('The server cannot continue a download (no range support): starting again from the beginning.')
        await onDisk(partPath, part.truncate(0))
        nBytes = 0
        progress = startProgress({ mode, totalBytes: sizeBytes, startBytes: 0, log })
      }
      isFirst = false
      await onDisk(partPath, part.appendFile(block))
      nBytes += block.length
      progress.update(nBytes)
      if (nBytes > sizeBytes) break
    }
  } finally {
    progress.stop()
    await part.close()
  }
  if (nBytes > sizeBytes) {
    await rm(partPath, { force: true })
    throw new WrongFileError(`the server sent more than the expected ${sizeBytes} bytes`)
  }
  if (nBytes < sizeBytes) throw new Error(`the connection ended after ${nBytes} of ${sizeBytes} bytes`)
}

/** The library's access to the network, observed: timeouts, and the last answer. */
class Wire {
  /** Of the last answer. */
  status = 0
  /** Of the last request. */
  url = ''
  /** The reason why the last request failed, where the library's error does not give it. */
  failure: string | undefined
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal | undefined
  readonly #connectTimeoutMs: number
  readonly #stallTimeoutMs: number
  readonly #onAbort = () => this.#abort.abort(this.#signal?.reason)
  #timer: NodeJS.Timeout | undefined

  constructor(signal: AbortSignal | undefined, { connectTimeoutMs = 10_000, stallTimeoutMs = 30_000 }: HubOptions) {
    this.#signal = signal
    this.#connectTimeoutMs = connectTimeoutMs
    this.#stallTimeoutMs = stallTimeoutMs
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    this.url = String(input)
    this.status = 0
    this.#arm(this.#connectTimeoutMs, `no answer from ${hostOf(this.url)}`)
    let response: Response
    try {
      response = await fetch(input, { ...init, signal: this.#abort.signal })
    } catch (error) {
      this.failure ??= describeFailure(error)
      throw error
    }
    this.status = response.status
    this.feed()
    if (!response.ok) this.failure = describeStatus(response.status, response.url)
    // The library leaves the probe's body unread, and without range support that is the whole file.
    else if (new Headers(init?.headers).get('range') === 'bytes=0-0') await response.body?.cancel()
    return response
  }

  /** Called when bytes arrive: starts the wait for the next ones. */
  feed(): void {
    this.#arm(this.#stallTimeoutMs, `the download stood still`)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#abort.abort()
  }

  #arm(timeoutMs: number, what: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.failure = `${what} for ${timeoutMs / 1000} s`
      this.#abort.abort()
    }, timeoutMs)
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal?.throwIfAborted())
}
