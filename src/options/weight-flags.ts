// Flags that change the model as it is loaded: LoRA adapters, and values of its metadata.
import type { Flag } from './flag.ts'

export const weightFlags = {
  lora: {
    flags: ['--lora', '--lora-scaled'],
    type: 'adapters',
    arg: 'FNAME',
    help: 'Apply a LoRA adapter (GGUF), or several, separated by commas or by repeating the flag. `--lora-scaled FNAME SCALE` or `--lora-scaled FNAME:SCALE,...` sets the scale.',
    group: 'model',
  },
  loraBase: {
    flags: ['--lora-base'],
    type: 'string',
    arg: 'FNAME',
    help: 'The same model in F32, F16 or BF16: the tensors that the adapters change are taken from it and merged with them at the start; the others are taken from -m. The merged model is kept in the cache folder until the program ends.',
    group: 'model',
  },
  loraInitWithoutApply: {
    flags: ['--lora-init-without-apply'],
    type: 'boolean',
    default: false,
    help: 'Load the adapters with scale 0; requests and POST /lora-adapters can apply them.',
    group: 'model',
  },
  overrideKv: {
    flags: ['--override-kv'],
    type: 'overrides',
    arg: 'KEY=TYPE:VALUE',
    help: "Override a key of the model's metadata, or several keys, separated by commas or by repeating the flag. TYPE is int, float, bool or str.",
    group: 'model',
  },
} as const satisfies Record<string, Flag>
