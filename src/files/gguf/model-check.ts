// Checks a model file before libllama loads it: faults that libllama would only log, or end the
// process for, become an error message. The program does it once for all processes that load the
// model, so the message does not depend on which of them is first.
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StartError } from '../../base/errors.ts'
import { readMetadataValue, readStrings } from './gguf-file.ts'
import { HeaderError, HeaderReader } from './header-reader.ts'

/** @throws StartError when the file does not exist, cannot be read, or is not a GGUF. */
export function checkModelFile(path: string): void {
  checkReadable(path)
  const fd = openSync(path, 'r')
  try {
    checkMagic(path, fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Takes 10 to 80 ms. @throws StartError when libllama would end the process for the vocabulary of
 * the file.
 */
export function checkModelVocabulary(path: string): void {
  const fd = openSync(path, 'r')
  try {
    checkVocabulary(readVocabulary(new HeaderReader(fd, fstatSync(fd).size)))
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error
    throw new StartError(`the model ${path} cannot be loaded: ${error.message}`)
  } finally {
    closeSync(fd)
  }
}

function checkReadable(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new StartError(`there is no model file ${path}`)
  if (!stat.isFile()) throw new StartError(`${path} is not a file; a model is one .gguf file`)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw new StartError(`cannot read the model file ${path}: permission denied`)
  }
}

function checkMagic(path: string, fd: number): void {
  const magic = Buffer.alloc(4)
  readSync(fd, magic, 0, 4, 0)
  if (magic.toString('latin1') === 'GGUF') return
  throw new StartError(`${path} is not a GGUF model: it does not begin with "GGUF"`)
}

type Vocabulary = {
  /** tokenizer.ggml.model: "llama" has pieces of text with bytes for the rest, "gpt2" has bytes. */
  readonly kind: string | undefined
  /** Their bytes, as Latin-1. */
  readonly tokens: readonly string[] | undefined
}

const keys = { kind: 'tokenizer.ggml.model', tokens: 'tokenizer.ggml.tokens' } as const

/** Reads no further than necessary: lists of merges are long. */
function readVocabulary(reader: HeaderReader): Vocabulary {
  reader.skip(4)
  const version = reader.uint32()
  if (version !== 2 && version !== 3) throw new HeaderError(`its version is ${version}, not 2 or 3`)
  reader.uint64() // tensors
  const nKeys = reader.uint64()
  let kind: string | undefined
  let tokens: readonly string[] | undefined
  for (let i = 0; i < nKeys && (kind === undefined || tokens === undefined); i++) {
    const key = reader.string()
    const type = reader.uint32()
    if (key === keys.tokens) tokens = readStrings(reader, type)
    else {
      const value = readMetadataValue(reader, type)
      if (key === keys.kind && typeof value === 'string') kind = value
    }
  }
  return { kind, tokens }
}

/**
 * @throws HeaderError where libllama would fail an assertion on loading the vocabulary, or throw on
 *   tokenizing.
 */
function checkVocabulary({ kind, tokens }: Vocabulary): void {
  if (tokens === undefined) return // libllama reports what is missing, if it needs it
  const ids = new Map<string, number>()
  for (const [id, token] of tokens.entries()) {
    const text = token === '' ? `[EMPTY_${id}]` : token // as libllama names it
    const other = ids.get(text)
    if (other !== undefined) {
      const shown = JSON.stringify(Buffer.from(text, 'latin1').toString())
      throw new HeaderError(`its vocabulary has the token ${shown} twice, as ${other} and as ${id}`)
    }
    ids.set(text, id)
  }
  if (kind !== 'llama') return
  const missing = Array.from({ length: 256 }, (_, byte) => byte).find((byte) => {
    return !ids.has(byteToken(byte)) && !ids.has(String.fromCharCode(byte))
  })
  if (missing !== undefined) throw new HeaderError(`its vocabulary has no token ${byteToken(missing)} for a byte`)
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}
