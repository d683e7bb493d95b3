// Each tensor of the merged file against the obvious computation, and the file against what it was made from.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../../../src/base/errors.ts'
import { readFloats } from '../../../../src/files/gguf/float-tensor.ts'
import { floatTypes, GgufFile } from '../../../../src/files/gguf/gguf-file.ts'
import { removeStale } from '../../../../src/files/lora-merge/merged-folder.ts'
import { mergedModel } from '../../../../src/files/lora-merge/merged-model.ts'
import type { GgufTensor } from '../../../support/gguf-writer.ts'
import { packTinyAdapter, tinyAdapterTensors } from '../../../support/tiny-adapters.ts'
import { packTinyModel, tinyModel } from '../../../support/tiny-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'merged-model-'))
after(() => rmSync(dir, { recursive: true }))

const quantized = tinyModel('tiny-llama', 'Q8_0')
const lines: string[] = []

function adapterFile(name: string, bytes: Uint8Array): string {
  const path = join(dir, `${name}.gguf`)
  writeFileSync(path, bytes)
  return path
}

function merge(basePath: string, adapters: readonly { path: string; scale: number }[], modelPath = quantized) {
  return mergedModel({ modelPath, basePath, adapters, cacheDir: dir, log: (line) => lines.push(line) })
}

/** scale · alpha / rank · B · A as the definition has it, in double precision. */
function delta(
  tensors: readonly GgufTensor[],
  target: string,
  factor: number,
): (row: number, column: number) => number {
  const a = tensors.find(({ name }) => name === `${target}.lora_a`)
  const b = tensors.find(({ name }) => name === `${target}.lora_b`)
  if (a === undefined || b === undefined) return () => 0
  const rank = b.shape[0]!
  const nIn = a.shape[0]!
  return (row, column) => {
    let sum = 0
    for (let r = 0; r < rank; r++) {
      sum +=
        target === 'token_embd.weight'
          ? a.data[row * rank + r]! * b.data[column * rank + r]!
          : b.data[row * rank + r]! * a.data[r * nIn + column]!
    }
    return factor * sum
  }
}

for (const type of ['F32', 'F16', 'BF16'] as const) {
  test(`changed tensors are the base's in ${type} with all adapters added, the others those of the model`, async () => {
    const vocabulary = GgufFile.open(quantized).tensors.get('token_embd.weight')!.shape[1]!
    const options = { alpha: 6, rank: 4, nTokens: vocabulary }
    const [one, two] = [tinyAdapterTensors('one', options), tinyAdapterTensors('two')]
    const paths = [adapterFile('one', packTinyAdapter('one', options)), adapterFile('two', packTinyAdapter('two'))]
    const path = await merge(tinyModel('tiny-llama', type), [
      { path: paths[0]!, scale: 0.5 },
      { path: paths[1]!, scale: -0.25 },
    ])
    const [merged, model, base] = [path, quantized, tinyModel('tiny-llama', type)].map(GgufFile.open)
    assert.deepEqual(merged!.metadata, model!.metadata)
    assert.deepEqual([...merged!.tensors.keys()], [...model!.tensors.keys()])
    const changed = new Set([...one, ...two].map(({ name }) => name.replace(/\.lora_[ab]$/, '')))
    assert.equal(changed.size, 5)
    for (const [name, tensor] of merged!.tensors) {
      const ofModel = model!.tensors.get(name)!
      assert.deepEqual(tensor.shape, ofModel.shape)
      if (!changed.has(name)) {
        const bytes = [merged!, model!].map((file, i) => {
          const target = new Uint8Array([tensor, ofModel][i]!.sizeBytes)
          file.read(target, [tensor, ofModel][i]!.start)
          return target
        })
        assert.equal(tensor.type, ofModel.type)
        assert.ok(Buffer.compare(bytes[0]!, bytes[1]!) === 0, name)
        continue
      }
      assert.equal(tensor.type, type === 'F16' ? floatTypes.F16 : floatTypes.F32, name)
      const before = readFloats(base!, base!.tensors.get(name)!)
      const now = readFloats(merged!, tensor)
      const [first, second] = [delta(one, name, (0.5 * 6) / 4), delta(two, name, -0.25)]
      const nIn = tensor.shape[0]!
      now.forEach((value, i) => {
        const wanted = before[i]! + first(Math.floor(i / nIn), i % nIn) + second(Math.floor(i / nIn), i % nIn)
        const error = type === 'F16' ? 2 ** -11 * Math.abs(wanted) + 2 ** -24 : 1e-6 * (1 + Math.abs(wanted))
        assert.ok(Math.abs(value - wanted) <= error, `${name}[${i}]: ${value}, not ${wanted}`)
      })
    }
    for (const file of [merged, model, base]) file!.close()
    rmSync(path)
  })
}

async function assertRefused(merging: Promise<string>, sentence: RegExp): Promise<void> {
  await assert.rejects(merging, (error) => error instanceof StartError && sentence.test(error.message), `${sentence}`)
}

test('files that do not belong together are refused, and nothing is left in the folder', async () => {
  const good = { path: adapterFile('good', packTinyAdapter('good')), scale: 1 }
  const base = tinyModel('tiny-llama')
  await assertRefused(merge(quantized, [good]), /--lora-base: .* is quantized .*F32, F16 or BF16/)
  await assertRefused(merge(tinyModel('tiny-mamba'), [good]), /architecture llama, but .* is mamba/)
  const tooMany = adapterFile('tokens', packTinyAdapter('tokens', { nTokens: 7 }))
  await assertRefused(merge(base, [{ path: tooMany, scale: 1 }]), /token_embd.weight do not match the shape/)
  await assertRefused(merge(join(dir, 'nothing.gguf'), [good]), /nothing\.gguf cannot be read/)
  const half = packTinyModel('tiny-llama', 'F16')
  const cut = adapterFile('cut', half.subarray(0, half.length - 5000))
  await assertRefused(merge(cut, [good]), /cut\.gguf is cut off/)
  assert.deepEqual(readdirSync(join(dir, 'merged')), [])
  rmSync(join(dir, 'merged'), { recursive: true, force: true })
  writeFileSync(join(dir, 'merged'), '') // no folder can be made
  await assertRefused(merge(base, [good]), /merged model cannot be written to/)
  rmSync(join(dir, 'merged'))
})

test('removeStale() removes the files of dead processes of this machine, and no others', () => {
  const folder = join(dir, 'merged')
  mkdirSync(folder, { recursive: true })
  const name = (host: string, pid: number) => `${host}.${pid}.gguf`
  const dead = name(hostname(), 2 ** 30)
  const others = [name('elsewhere', 2 ** 30), name(hostname(), process.ppid), 'notes.txt']
  for (const file of [dead, ...others]) writeFileSync(join(folder, file), '')
  removeStale(dir)
  assert.deepEqual(readdirSync(folder).sort(), [...others].sort())
  removeStale(join(dir, 'nowhere'))
  assert.ok(existsSync(folder))
})
