// The log: pino, in lines for people on stderr or as JSON. All logging goes through here.
import pino, { type DestinationStream, type Logger } from 'pino'
import pretty from 'pino-pretty'
import { messageOf, StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import { verbosityOf } from './verbosity.ts'

type LogOptions = Pick<
  Options,
  'verbose' | 'logVerbosity' | 'logDisable' | 'logFile' | 'logFormat' | 'logColors' | 'logPrefix' | 'logTimestamps'
>

/** Keys that the line of a request already states. */
const requestKeys = ['method', 'url', 'status', 'ms', 'promptTokens', 'cachedTokens', 'predictedTokens']

const levels = ['error', 'warn', 'info', 'debug', 'trace', 'trace'] as const

/**
 * Logs to stderr and, with --log-file, also to that file. @throws StartError when the file cannot
 * be written.
 */
export function createLogger(options: LogOptions): Logger {
  const level = options.logDisable ? 'silent' : levels[verbosityOf(options)]!
  const { logFile } = options
  const terminal = streamTo(2, options)
  if (logFile === undefined) return pino({ level }, terminal)
  try {
    const file = streamTo(logFile, options)
    const everything = { level: 'trace' } as const // the logger's own level decides
    return pino({ level }, pino.multistream([terminal, file].map((stream) => ({ ...everything, stream }))))
  } catch (error) {
    throw new StartError(`the log file ${logFile} cannot be written: ${messageOf(error)}`)
  }
}

/** @param destination a path, or 2 for stderr. */
function streamTo(destination: string | 2, options: LogOptions): DestinationStream {
  const target = { sync: true, mkdir: true }
  if (options.logFormat === 'json') return pino.destination({ dest: destination, ...target })
  const isTerminal = destination === 2 && process.stderr.isTTY === true
  const ignored = ['pid', 'hostname', 'engine', 'lastWords', ...requestKeys]
  if (!options.logPrefix) ignored.push('level')
  if (!options.logTimestamps) ignored.push('time')
  return pretty({
    destination,
    ...target,
    colorize: options.logColors === 'auto' ? isTerminal : options.logColors === 'on',
    translateTime: 'HH:MM:ss.l',
    ignore: ignored.join(','),
  })
}
