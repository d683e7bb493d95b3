// The log: pino, in lines for people on stderr or as JSON. Everything that is logged goes through here.
import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import { messageOf, StartError } from '../base/errors.ts'
import type { Options } from '../options/table.ts'
import { verbosityOf } from './verbosity.ts'

type LogOptions = Pick<
  Options,
  'verbose' | 'logVerbosity' | 'logDisable' | 'logFile' | 'logFormat' | 'logColors' | 'logPrefix' | 'logTimestamps'
>

const levels = ['error', 'warn', 'info', 'debug', 'trace', 'trace'] as const

/** @throws StartError when the log file cannot be written. */
export function createLogger(options: LogOptions): Logger {
  const level = options.logDisable ? 'silent' : levels[verbosityOf(options)]!
  const isTerminal = options.logFile === undefined && process.stderr.isTTY === true
  const ignored = ['pid', 'hostname', 'engine', 'method', 'url', 'status', 'ms', 'lastWords']
  if (!options.logPrefix) ignored.push('level')
  if (!options.logTimestamps) ignored.push('time')
  try {
    if (options.logFormat === 'json') {
      return pino({ level }, pino.destination({ dest: options.logFile ?? 2, sync: true, mkdir: true }))
    }
    const stream = pretty({
      destination: options.logFile ?? 2,
      sync: true,
      mkdir: true,
      colorize: options.logColors === 'auto' ? isTerminal : options.logColors === 'on',
      translateTime: 'HH:MM:ss.l',
      ignore: ignored.join(','),
    })
    return pino({ level }, stream)
  } catch (error) {
    throw new StartError(`the log file ${options.logFile} cannot be written: ${messageOf(error)}`)
  }
}
