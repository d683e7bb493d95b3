// `cria --list-devices`: the devices that the engine can compute on, and why no GPU is among them.
import { type Device, findDevices } from '../llama/devices.ts'
import { howToGetGpu } from './no-gpu.ts'
import { gibibytes } from './sizes.ts'

/** @returns the text to print. @throws StartError when there is no engine for this machine. */
export function deviceList(): string {
  const { engine, devices, problems } = findDevices()
  const hasGpu = devices.some(({ kind }) => kind === 'gpu' || kind === 'integrated gpu')
  const whyNot = hasGpu ? [] : problems.length > 0 ? problems : [howToGetGpu()]
  const lines = [`engine: @node-llama-cpp/${engine}`, ...devices.map(lineOf), ...whyNot.map((why) => `no GPU: ${why}`)]
  return lines.map((line) => `${line}\n`).join('')
}

function lineOf({ name, description, kind, totalBytes, freeBytes }: Device): string {
  const memory = totalBytes === 0 ? '' : `, ${gibibytes(totalBytes)}, ${gibibytes(freeBytes)} free`
  return `${name}: ${description.trim()} (${kind}${memory})`
}
