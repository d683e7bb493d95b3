/** The progress of a download: a bar on a terminal, else a plain line every 10%. */
import { SingleBar } from 'cli-progress'

export interface Progress {
  /** @param nBytes the number of bytes of the file that are there now, from its start. */
  update(nBytes: number): void
  stop(): void
}

export interface ProgressOptions {
  readonly mode: 'bar' | 'none'
  readonly totalBytes: number
  /** Bytes that were there before. */
  readonly startBytes: number
  /** The target of plain lines. */
  readonly log: (line: string) => void
  /** The target of the bar; default stderr. */
  readonly stream?: NodeJS.WriteStream
}

/** Shows the progress until stop(); nothing else may write to the stream meanwhile. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.mode === 'none') return { update() {}, stop() {} }
  const stream = options.stream ?? process.stderr
  return stream.isTTY ? startBar(options, stream) : startLines(options)
}

function startBar({ totalBytes, startBytes }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const rate = new Rate(startBytes)
  const bar = new SingleBar({
    stream,
    format: '  {bar} {percentage} % | {done} of {size} | {rate} | {left} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    fps: 5,
    linewrap: false,
    // Its own handler for Ctrl-C would keep the process from ending.
    gracefulExit: false,
  })
  const fields = (nBytes: number) => ({
    done: formatBytes(nBytes),
    size: formatBytes(totalBytes),
    rate: `${formatBytes(rate.bytesPerSecond)}/s`,
    left: formatSeconds((totalBytes - nBytes) / rate.bytesPerSecond),
  })
  bar.start(totalBytes, startBytes, fields(startBytes))
  return {
    update(nBytes) {
      rate.add(nBytes)
      bar.update(nBytes, fields(nBytes))
    },
    stop: () => bar.stop(),
  }
}

function startLines({ totalBytes, startBytes, log }: ProgressOptions): Progress {
  const rate = new Rate(startBytes)
  let tenths = Math.floor((startBytes / totalBytes) * 10)
  return {
    update(nBytes) {
      rate.add(nBytes)
      const reached = Math.floor((nBytes / totalBytes) * 10)
      if (reached <= tenths) return
      tenths = reached
      const speed = rate.bytesPerSecond > 0 ? ` at ${formatBytes(rate.bytesPerSecond)}/s` : ''
      log(`  ${reached * 10} %: ${formatBytes(nBytes)} of ${formatBytes(totalBytes)}${speed}`)
    },
    stop() {},
  }
}

/** The speed over the last few seconds. */
class Rate {
  bytesPerSecond = 0
  #marks: { readonly atMs: number; readonly nBytes: number }[]

  constructor(startBytes: number) {
    this.#marks = [{ atMs: performance.now(), nBytes: startBytes }]
  }

  add(nBytes: number): void {
    const nowMs = performance.now()
    const first = this.#marks[0]!
    const seconds = (nowMs - first.atMs) / 1000
    if (seconds > 0) this.bytesPerSecond = Math.max(0, (nBytes - first.nBytes) / seconds)
    if (nowMs - this.#marks.at(-1)!.atMs < 500) return
    this.#marks.push({ atMs: nowMs, nBytes })
    if (this.#marks.length > 10) this.#marks.shift()
  }
}

/** @returns decimal units, such as 98.4 MB. */
export function formatBytes(nBytes: number): string {
  if (nBytes >= 1e9) return `${(nBytes / 1e9).toFixed(2)} GB`
  if (nBytes >= 1e6) return `${(nBytes / 1e6).toFixed(1)} MB`
  if (nBytes >= 1e3) return `${(nBytes / 1e3).toFixed(0)} kB`
  return `${Math.round(nBytes)} B`
}

function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds > 359_999) return '?'
  const s = Math.ceil(seconds)
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`
}
