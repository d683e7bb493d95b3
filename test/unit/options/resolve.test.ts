import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartError } from '../../../src/base/errors.ts'
import { resolveOptions } from '../../../src/options/resolve.ts'

const resolve = (line: string, env: Record<string, string> = {}) =>
  resolveOptions(line === '' ? [] : line.split(' '), env)

function assertRefused(argv: readonly string[], sentence: RegExp, env: Record<string, string> = {}): void {
  const isRefusal = (error: unknown) => {
    assert.ok(error instanceof StartError, `${argv.join(' ')}: ${error}`)
    assert.match(error.message, sentence, argv.join(' '))
    assert.doesNotMatch(error.message, /\n/)
    return true
  }
  assert.throws(() => resolveOptions(argv, env), isRefusal, argv.join(' '))
}

test('resolveOptions() gives the defaults, frozen', () => {
  const options = resolve('')
  assert.ok(Object.isFrozen(options))
  const { host, port, timeoutS, parallel, batchSize, contBatching, ctxSize, mmap, mlock, contextShift } = options
  assert.deepEqual([host, port, timeoutS, parallel, batchSize], ['127.0.0.1', 8080, 600, 1, 512])
  assert.deepEqual([contBatching, ctxSize, mmap, mlock, contextShift], [true, 0, true, false, undefined])
  assert.deepEqual([options.model, options.threads, options.numa], [undefined, undefined, undefined])
  assert.deepEqual([options.lora, options.loraBase, options.overrideKv], [undefined, undefined, undefined])
})

test('resolveOptions() reads every spelling of the specification', () => {
  const cases: readonly (readonly [line: string, key: string, value: unknown])[] = [
    ['-t 3', 'threads', 3],
    ['--threads 3', 'threads', 3],
    ['-tb 2', 'threadsBatch', 2],
    ['--threads-batch 2', 'threadsBatch', 2],
    ['-m a.gguf', 'model', 'a.gguf'],
    ['--model=a.gguf', 'model', 'a.gguf'],
    ['-a x', 'alias', ['x']],
    ['--alias x=y', 'alias', ['x=y']],
    ['-c 100', 'ctxSize', 100],
    ['--ctx-size 100', 'ctxSize', 100],
    ['--ctx_size 100', 'ctxSize', 100],
    ['-ngl 5', 'gpuLayers', 5],
    ['-ngl -1', 'gpuLayers', -1],
    ['--n-gpu-layers 5', 'gpuLayers', 5],
    ['-mg 1', 'mainGpu', 1],
    ['-ts 3,2', 'tensorSplit', [3, 2]],
    ['--tensor-split 0.5,0.5', 'tensorSplit', [0.5, 0.5]],
    ['-b 64', 'batchSize', 64],
    ['--memory-f32', 'memoryF32', true],
    ['--mlock', 'mlock', true],
    ['--no-mmap', 'mmap', false],
    ['--numa', 'numa', 'distribute'],
    ['--numa isolate', 'numa', 'isolate'],
    ['-to 5', 'timeoutS', 5],
    ['--host 0.0.0.0', 'host', '0.0.0.0'],
    ['--port 0', 'port', 0],
    ['-np 4', 'parallel', 4],
    ['-cb', 'contBatching', true],
    ['--cont-batching', 'contBatching', true],
    ['-nocb', 'contBatching', false],
    ['--no-cont-batching', 'contBatching', false],
    ['--no-context-shift', 'contextShift', false],
    ['-v', 'verbose', true],
    ['--log-colors', 'logColors', 'on'],
    ['--log-colors off', 'logColors', 'off'],
  ]
  for (const [line, key, value] of cases) {
    assert.deepEqual((resolve(line) as Record<string, unknown>)[key], value, line)
  }
})

test('resolveOptions() takes a value that may be left out only when it is there', () => {
  const options = resolve('--numa --port 9000')
  assert.deepEqual([options.numa, options.port], ['distribute', 9000])
  assert.equal(resolve('--port 9000 --numa').numa, 'distribute')
})

test('resolveOptions() takes the last of several flags, whatever their spelling', () => {
  assert.equal(resolve('-c 1 -c 2').ctxSize, 2)
  assert.equal(resolve('-c 1 --ctx-size 2').ctxSize, 2)
  assert.equal(resolve('--ctx-size 1 -c 2').ctxSize, 2)
  assert.equal(resolve('--mmap --no-mmap').mmap, false)
  assert.equal(resolve('--no-mmap --mmap').mmap, true)
})

test('resolveOptions() takes the last of more flags of two spellings', () => {
  assert.equal(resolve('-c 1 --ctx-size 2 -c 3').ctxSize, 3)
  assert.equal(resolve('--no-mmap --mmap --no-mmap').mmap, false)
})

test('resolveOptions() leaves the projector out with --no-mmproj, wherever it was named', () => {
  assert.equal(resolve('--mmproj p').mmproj, 'p')
  assert.equal(resolve('--mmproj p --mmproj-auto').mmproj, 'p')
  assert.equal(resolve('--no-mmproj --mmproj p').mmproj, undefined)
  assert.equal(resolve('--no-mmproj', { LLAMA_ARG_MMPROJ: 'p' }).mmproj, undefined)
  assert.equal(resolve('', { LLAMA_ARG_MMPROJ: 'p', LLAMA_ARG_MMPROJ_AUTO: 'off' }).mmproj, undefined)
})

test('resolveOptions() takes the reasoning formats of llama-server, and names them where it gets another', () => {
  assert.equal(resolve('--reasoning-format none').reasoningFormat, 'none')
  assertRefused(
    ['--reasoning-format', 'loud'],
    /^--reasoning-format: "loud" is not one of auto, deepseek, deepseek-legacy, none$/,
  )
})

test('resolveOptions() reads the environment, where no flag says otherwise', () => {
  const env = {
    LLAMA_ARG_PORT: '9001',
    LLAMA_ARG_MLOCK: '1',
    LLAMA_ARG_CONT_BATCHING: 'off',
    LLAMA_ARG_HOST: '',
    LLAMA_ARG_TENSOR_SPLIT: '1,2',
  }
  const options = resolve('', env)
  assert.deepEqual([options.port, options.mlock, options.contBatching], [9001, true, false])
  assert.deepEqual([options.host, options.tensorSplit], ['127.0.0.1', [1, 2]])
  const flags = resolve('--port 9002 -cb', env)
  assert.deepEqual([flags.port, flags.contBatching], [9002, true])
  for (const [text, value] of Object.entries({ true: true, ON: true, yes: true, 0: false, False: false, no: false })) {
    assert.equal(resolve('', { LLAMA_ARG_MMAP: text }).mmap, value, text)
  }
})

test('resolveOptions() names the variable of a bad value', () => {
  assertRefused([], /^LLAMA_ARG_PORT: "abc" is not a number$/, { LLAMA_ARG_PORT: 'abc' })
  assertRefused([], /^LLAMA_ARG_N_PARALLEL: 0 is not in \[1, 256\]$/, { LLAMA_ARG_N_PARALLEL: '0' })
  assertRefused([], /^LLAMA_ARG_MLOCK: "perhaps" is neither on nor off$/, { LLAMA_ARG_MLOCK: 'perhaps' })
})

test('resolveOptions() refuses what it cannot read, naming flag, value and rule', () => {
  assertRefused(['--frobnicate'], /^unknown flag --frobnicate; --help lists all$/)
  assertRefused(['--frobnicate=3'], /^unknown flag --frobnicate/)
  assertRefused(['-z'], /^unknown flag -z/)
  assertRefused(['-xyz', '3'], /^unknown flag -xyz/)
  assertRefused(['--prot', '1'], /did you mean .*--port/)
  assertRefused(['--ctx-szie', '1'], /did you mean .*--ctx-size/)
  assertRefused(['--paralel', '2'], /did you mean .*--parallel/)
  assertRefused(['--no-mmmap'], /did you mean .*--no-mmap/)
  assertRefused(['--log-filename', 'x'], /unknown flag --log-filename/)
  assertRefused(['--port'], /^--port needs a value: --port PORT$/)
  assertRefused(['--port', '--mlock'], /^--port needs a value/)
  assertRefused(['--port='], /^--port needs a value/)
  assertRefused(['-m', ''], /^-m needs a value/)
  assertRefused(['--port', 'abc'], /^--port: "abc" is not a number$/)
  assertRefused(['--port', '12x'], /^--port: "12x" is not a number$/)
  assertRefused(['--port', '-5'], /^--port: -5 is not in \[0, 65535\]$/)
  assertRefused(['--port', '1e9'], /^--port: .* is not in \[0, 65535\]$/)
  assertRefused(['-c', '1.5'], /^-c: 1\.5 is not an integer$/)
  assertRefused(['-c', '-1'], /^-c: -1 is not 0 or more$/)
  assertRefused(['-np', '0'], /^-np: 0 is not in \[1, 256\]$/)
  assertRefused(['-np', 'Infinity'], /^-np: "Infinity" is not a number$/)
  assertRefused(['-t', '0'], /^-t: 0 is not in \[1, 512\]$/)
  assertRefused(['-ts', '3,x'], /^-ts: "x" is not a number$/)
  assertRefused(['-ts', '3,-1'], /^-ts: -1 is not 0 or more$/)
  assertRefused(['--log-format', 'xml'], /^--log-format: "xml" is not one of text, json$/)
  assertRefused(['--numa', 'all'], /^--numa: "all" is not one of distribute, isolate, numactl$/)
  assertRefused(['--mlock=maybe'], /^--mlock/)
  assertRefused(['--no-mmap=3'], /^--no-mmap/)
  assertRefused(['model.gguf'], /^unexpected argument "model\.gguf"; a model file is given with -m model\.gguf$/)
  assertRefused(['--mlock', 'yes'], /^unexpected argument "yes"/)
})

test('resolveOptions() refuses a flag that begins or ends like another one, and names of its own table', () => {
  const names = ['--model-x', '--threads-httpd', '--ui-mcp', '--host-x', '--no-model', '--seed2']
  for (const flag of [...names, '--ctxSize', '--kvUnified', '--mmap-', '-m.gguf', '--model.gguf']) {
    assertRefused([flag], new RegExp(`^unknown flag ${flag}`))
    assertRefused([flag, 'x'], new RegExp(`^unknown flag ${flag}`))
    assertRefused([`${flag}=x`], new RegExp(`^unknown flag ${flag}`))
  }
})

test('resolveOptions() takes a value that begins like a flag', () => {
  assert.equal(resolveOptions(['--chat-prompt=- a list'], {}).chatPrompt, '- a list')
  assert.equal(resolveOptions(['--temp', '-1'], {}).temperature, -1)
  assert.equal(resolveOptions(['--alias=--x'], {}).alias?.[0], '--x')
})

test('resolveOptions() refuses a context that libllama cannot count', () => {
  assertRefused(['-c', '4294967808'], /^-c: 4294967808 is not in \[0, \d+\]$/) // 2^32 + 512: it would be 512
})

test('resolveOptions() keeps every key when --api-key is given several times', () => {
  assert.deepEqual(resolve('--api-key a --api-key b').apiKey, ['a', 'b'])
  assert.deepEqual(resolve('', { LLAMA_API_KEY: 'a' }).apiKey, ['a'])
})

test('resolveOptions() reads adapters in the order of the command line, in every spelling', () => {
  const cases: readonly (readonly [line: string, lora: readonly (readonly [string, number])[]])[] = [
    ['--lora a', [['a', 1]]],
    [
      '--lora a,b --lora-scaled c 0.5 --lora d',
      [
        ['a', 1],
        ['b', 1],
        ['c', 0.5],
        ['d', 1],
      ],
    ],
    [
      '--lora-scaled a:0.5,b:-2',
      [
        ['a', 0.5],
        ['b', -2],
      ],
    ],
    [
      '--lora-scaled=a:2 --lora=b',
      [
        ['a', 2],
        ['b', 1],
      ],
    ],
    ['--lora-scaled a -0.5', [['a', -0.5]]],
    ['--lora-scaled C:\\x\\y.gguf 2', [['C:\\x\\y.gguf', 2]]],
    [
      '--lora "a,b",c',
      [
        ['a,b', 1],
        ['c', 1],
      ],
    ],
    [
      '--lora-scaled "a,b":3,"c""d":4',
      [
        ['a,b', 3],
        ['c"d', 4],
      ],
    ],
  ]
  for (const [line, wanted] of cases) {
    assert.deepEqual(
      resolve(line).lora?.map(({ path, scale }) => [path, scale]),
      wanted,
      line,
    )
  }
})

test('resolveOptions() refuses an adapter without a scale, or with one that is none', () => {
  assertRefused(['--lora'], /^--lora needs a value: --lora FNAME$/)
  assertRefused(['--lora-scaled'], /^--lora-scaled needs a value: --lora-scaled FNAME SCALE$/)
  assertRefused(['--lora-scaled', 'a'], /^--lora-scaled: "a" has no scale: FNAME SCALE or FNAME:SCALE$/)
  assertRefused(['--lora-scaled', 'a', '--port', '1'], /^--lora-scaled: "a" has no scale/)
  assertRefused(['--lora-scaled', 'a:1,b'], /^--lora-scaled: "b" has no scale/)
  assertRefused(['--lora-scaled', 'a', 'x'], /^--lora-scaled: the scale "x" is not a number$/)
  assertRefused(['--lora-scaled', 'a:x'], /^--lora-scaled: the scale "x" is not a number$/)
  assertRefused(['--lora-scaled', 'a:Infinity'], /the scale "Infinity" is not a number$/)
  assertRefused(['--lora-scaled', 'a:10001'], /the scale 10001 is not in \[-10000, 10000\]$/)
})

test('resolveOptions() reads values of metadata, with commas or by giving the flag again', () => {
  assert.deepEqual(
    resolve('--override-kv a.b=int:-3,c=float:1e-5 --override-kv d=bool:false,"e=str:x,y:z=1"').overrideKv,
    [
      { key: 'a.b', type: 'int', value: -3 },
      { key: 'c', type: 'float', value: 1e-5 },
      { key: 'd', type: 'bool', value: false },
      { key: 'e', type: 'str', value: 'x,y:z=1' },
    ],
  )
})

test('resolveOptions() refuses values of metadata that libllama would read otherwise', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['a', /^--override-kv: "a" is not KEY=TYPE:VALUE$/],
    ['=int:3', /is not KEY=TYPE:VALUE$/],
    ['a=3', /is not KEY=TYPE:VALUE$/],
    ['a=foo:3', /has a type that is not one of int, float, bool, str$/],
    ['a=int:3.5', /has no integer as its value$/],
    ['a=int:99999999999999999999', /has no integer as its value$/],
    ['a=int:', /has no integer as its value$/],
    ['a=float:x', /has no number as its value$/],
    ['a=float:NaN', /has no number as its value$/],
    ['a=bool:yes', /is neither true nor false$/],
    [`a=str:${'x'.repeat(128)}`, /has a value of more than 127 bytes$/],
    [`${'k'.repeat(128)}=int:1`, /has a key of more than 127 bytes$/],
  ]
  for (const [value, sentence] of cases) assertRefused(['--override-kv', value], sentence)
})

test('resolveOptions() takes the spellings of llama-server for on, off and "you choose"', () => {
  const spellings: Readonly<Record<string, readonly string[]>> = {
    on: ['1', 'on', 'true', 'enabled'],
    off: ['0', 'off', 'false', 'disabled'],
    auto: ['auto', '-1'],
  }
  for (const [value, texts] of Object.entries(spellings)) {
    for (const text of texts) {
      assert.equal(resolve(`-fa ${text}`).flashAttn, value)
      assert.equal(resolve('', { LLAMA_ARG_LOG_COLORS: text }).logColors, value)
    }
  }
  for (const text of ['auto', 'all', '-1', '-2']) assert.equal(resolve(`-ngl ${text}`).gpuLayers, -1)
  assert.equal(resolve('-ngl 7').gpuLayers, 7)
  assert.equal(resolve('-np -1').parallel, 1)
  assert.deepEqual([resolve('-t -1').threads, resolve('-tb -1').threadsBatch], [undefined, undefined])
  assert.equal(resolve('-lv 9').logVerbosity, 9)
  assertRefused(['-fa', 'maybe'], /^-fa: "maybe" is not one of on, off, auto$/)
})

test('resolveOptions() reads the variables with NO that llama-server still reads', () => {
  assert.equal(resolve('', { LLAMA_ARG_NO_MMAP: '1' }).mmap, false)
  assert.equal(resolve('', { LLAMA_ARG_NO_MMAP: '', LLAMA_ARG_MMAP: '1' }).mmap, false)
  assert.equal(resolve('--mmap', { LLAMA_ARG_NO_MMAP: '1' }).mmap, true)
  assert.equal(resolve('', { LLAMA_ARG_NO_CACHE_PROMPT: '1' }).cachePrompt, false)
})

test('resolveOptions() knows or refuses by name every flag that the specification lists', () => {
  const names = `${readmeFlags} ${seedFlags}`.split(/\s+/)
  for (const name of names) {
    try {
      resolveOptions([name, '1'], {})
    } catch (error) {
      assert.ok(error instanceof StartError)
      assert.doesNotMatch(error.message, /unknown flag/, name)
    }
  }
})

/** Those of its README. */
const readmeFlags = `--alias --api-key --api-key-file --batch-size --cont-batching --ctx-size --embedding
  --grp-attn-n --grp-attn-w --host --lora --lora-base --main-gpu --memory-f32 --mlock --mmproj --model
  --n-gpu-layers --no-mmap --numa --parallel --path --port --system-prompt-file --tensor-split --threads
  --threads-batch --timeout -a -b -c -cb -m -mg -ngl -np -spf -t -tb -to -ts`

/** Those that its server of January 2024 also read. */
const seedFlags = `-h --help -n --n-predict -v --verbose --ctx_size --lora-scaled -gan -gaw -sm --split-mode
  --override-kv --rope-scaling --rope-freq-base --rope-freq-scale --yarn-ext-factor --yarn-attn-factor
  --yarn-beta-fast --yarn-beta-slow --log-disable --nobrowser --unsecure --gpu`
