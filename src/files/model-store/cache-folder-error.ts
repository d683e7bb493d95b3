/**
 * Faults of the disk or folder itself: another source would meet the same fault, so no other source
 * is tried.
 */
import { dirname } from 'node:path'

/** Its message is a sentence for the user. */
export class CacheFolderError extends Error {
  override readonly name = 'CacheFolderError'
}

/**
 * Awaits a file operation.
 * @param path the file or folder it works on, for the message.
 * @throws CacheFolderError in place of an errno error; other errors as they are.
 */
export async function onDisk<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw asCacheFolderError(path, error)
  }
}

/** @returns a CacheFolderError for an errno error, else the error itself. */
export function asCacheFolderError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (!(error instanceof Error) || code === undefined || !('syscall' in error)) return error
  return new CacheFolderError(sentence(path, code, error.message), { cause: error })
}

function sentence(path: string, code: string, message: string): string {
  switch (code) {
    case 'ENOSPC':
      return `the disk is full: cannot write ${path}`
    case 'EDQUOT':
      return `the disk quota is used up: cannot write ${path}`
    case 'EACCES':
    case 'EPERM':
      return `no permission to write ${path}`
    case 'EROFS':
      return `the file system of ${path} is read-only`
    case 'ENOTDIR':
    case 'EEXIST':
      return `cannot create ${path}: a file is where the folder ${dirname(path)} or one above it should be`
    default:
      return `cannot write ${path}: ${message}`
  }
}
