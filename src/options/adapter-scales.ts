// The scales of LoRA adapters in a request: [{"id": 0, "scale": 0.5}].
import { largestScale } from './adapter-file.ts'
import { array, integer, number, object, type ValueOf } from './schema.ts'

const adapterScale = object({ id: integer(0), scale: number(-largestScale, largestScale) }, ['id', 'scale'])
export type AdapterScale = ValueOf<typeof adapterScale>

export const adapterScalesSchema = array(adapterScale)
