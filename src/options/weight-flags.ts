// Flags that change the model as it is loaded: LoRA adapters, and values of its metadata.
import type { Flag } from './flag.ts'

export const weightFlags = {
  lora: {
    flags: ['--lora', '--lora-scaled'],
    type: 'adapters',
    arg: 'FNAME',
    help: 'Apply a LoRA adapter (GGUF), or several, with commas or by giving the flag again. `--lora-scaled FNAME SCALE` or `--lora-scaled FNAME:SCALE,...` says how strongly.',
    group: 'model',
  },
  loraBase: {
    flags: ['--lora-base'],
    type: 'string',
    arg: 'FNAME',
    help: 'The same model in F32, F16 or BF16: the tensors that the adapters change are taken from it, merged with them at the start, and the rest from -m. The merged model is kept in the cache folder until the end.',
    group: 'model',
  },
  loraInitWithoutApply: {
    flags: ['--lora-init-without-apply'],
    type: 'boolean',
    default: false,
    help: 'Load the adapters with scale 0, for requests that ask for them and for POST /lora-adapters.',
    group: 'model',
  },
  overrideKv: {
    flags: ['--override-kv'],
    type: 'overrides',
    arg: 'KEY=TYPE:VALUE',
    help: "Another value for a key of the model's metadata, or several, with commas or by giving the flag again. TYPE is int, float, bool or str.",
    group: 'model',
  },
} as const satisfies Record<string, Flag>
