// Whether the CPU backend found several memory nodes. Call it after `llama_numa_init`, which
// detects them.
import koffi from 'koffi'
import type { Symbols } from './symbols.ts'

const cpuDevice = 0 // ggml_backend_dev_type in ggml-backend.h

const IsNuma = koffi.proto('bool cria_is_numa()')

export function isNuma(symbols: Symbols): boolean {
  const device = symbols.ggml_backend_dev_by_type(cpuDevice)
  if (device === null) return false
  const registry = symbols.ggml_backend_dev_backend_reg(device)
  const ask = symbols.ggml_backend_reg_get_proc_address(registry, 'ggml_backend_cpu_is_numa')
  return ask !== null && (koffi.call(ask, IsNuma) as boolean)
}
