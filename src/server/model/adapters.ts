// The LoRA adapters of the server, and the default scale of each.
import { badField } from '../../base/errors.ts'
import type { AdapterFile } from '../../options/adapter-file.ts'
import type { AdapterScale } from '../../options/adapter-scales.ts'

export class Adapters {
  readonly paths: readonly string[]
  #scales: readonly number[]

  /** @param files by their ids. @param isApplied false: they begin with scale 0. */
  constructor(files: readonly AdapterFile[], isApplied: boolean) {
    this.paths = files.map(({ path }) => path)
    this.#scales = files.map(({ scale }) => (isApplied ? scale : 0))
  }

  /** By id. */
  get scales(): readonly number[] {
    return this.#scales
  }

  /** Applies to all later requests. @throws RequestError as `read` does. */
  change(given: readonly AdapterScale[]): void {
    this.#scales = this.read(given, '')
  }

  /**
   * The scale of each adapter; those that are not named have 0.
   * @param field the field that gave them, for the message.
   * @throws RequestError for an unknown adapter, and for one that is named twice.
   */
  read(given: readonly AdapterScale[], field: string): number[] {
    const scales = this.paths.map(() => 0)
    const seen = new Set<number>()
    given.forEach(({ id, scale }, i) => {
      const name = `${field}[${i}].id`
      if (id >= scales.length) throw badField(name, id, `is not the id of one of the ${scales.length} LoRA adapters`)
      if (seen.has(id)) throw badField(name, id, 'is named twice')
      seen.add(id)
      scales[id] = scale
    })
    return scales
  }
}
