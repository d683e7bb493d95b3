// Flags of llama-server v0.5.0 that Cria does not have, except those of speculative decoding.
import type { UnservedFlag } from './unserved-flag.ts'

type Row = Omit<UnservedFlag, 'standing'>

/** @param instead the alternative until then. */
function planned(flags: string, does: string, instead?: string, env?: string): UnservedFlag {
  return rowOf(flags, 'planned', { does, instead, env })
}

function notOurs(flags: string, does: string, instead?: string, env?: string): UnservedFlag {
  return rowOf(flags, 'not ours', { does, instead, env })
}

/** @param flags separated by blanks. */
function rowOf(
  flags: string,
  standing: UnservedFlag['standing'],
  { does, instead, env }: { [K in 'does' | 'instead' | 'env']: Row[K] | undefined } & { readonly does: string },
): UnservedFlag {
  return {
    flags: flags.split(' '),
    does,
    standing,
    ...(instead === undefined ? {} : { instead }),
    ...(env === undefined ? {} : { env }),
  }
}

const giveFile = 'fetch the GGUF file and give it with -m'
const giveProjector = 'fetch the file and give it with --mmproj'
const useTaskset = 'start Cria under taskset or numactl'
const useNice = 'start Cria under nice'
const aloneWithKey = 'tools belong to the client: Cria sends a model what the client offers'

export const otherUnserved: readonly UnservedFlag[] = [
  // model
  planned('-hf -hfr --hf-repo', 'fetches the model from Hugging Face', giveFile, 'LLAMA_ARG_HF_REPO'),
  planned('-hff --hf-file', 'names the file of --hf-repo', giveFile, 'LLAMA_ARG_HF_FILE'),
  planned('-mu --model-url', 'fetches the model from a URL', giveFile, 'LLAMA_ARG_MODEL_URL'),
  notOurs('-dr --docker-repo', 'fetches the model from Docker Hub', giveFile, 'LLAMA_ARG_DOCKER_REPO'),
  planned('-cl --cache-list', 'lists the models of the cache', 'look into the folder models of --cache-dir'),
  planned('-mmu --mmproj-url', 'fetches the projector from a URL', giveProjector, 'LLAMA_ARG_MMPROJ_URL'),
  planned('-dev --device', 'chooses the devices', 'use -mg and -ts', 'LLAMA_ARG_DEVICE'),
  planned(
    '-ot --override-tensor',
    'puts tensors on other devices',
    'use -ngl to keep layers on the CPU',
    'LLAMA_ARG_OVERRIDE_TENSOR',
  ),
  planned(
    '-cmoe --cpu-moe',
    'keeps the experts of all layers on the CPU',
    'use -ngl to keep whole layers there',
    'LLAMA_ARG_CPU_MOE',
  ),
  planned(
    '-ncmoe --n-cpu-moe',
    'keeps the experts of some layers on the CPU',
    'use -ngl to keep whole layers there',
    'LLAMA_ARG_N_CPU_MOE',
  ),
  planned(
    '-ncffn --n-cpu-ffn',
    'keeps the feed-forward weights of some layers on the CPU',
    'use -ngl to keep whole layers there',
    'LLAMA_ARG_N_CPU_FFN',
  ),
  planned(
    '-fitt --fit-target',
    'sets the amount of device memory to leave free',
    'choose -ngl and -c so that the model fits',
    'LLAMA_ARG_FIT_TARGET',
  ),
  planned(
    '-fitc --fit-ctx',
    'bounds the context that is fitted to the device',
    'choose -c so that the model fits',
    'LLAMA_ARG_FIT_CTX',
  ),
  planned('-lm --load-mode', 'selects how the file is read', 'use --mlock and --no-mmap', 'LLAMA_ARG_LOAD_MODE'),
  planned(
    '-lzm --lazy-mode',
    'reads some tensors from disk when they are needed',
    'leave it out',
    'LLAMA_ARG_LAZY_MODE',
  ),
  planned('--check-tensors', 'looks for invalid numbers in the weights', "compare the file's sha256 instead"),
  planned('--control-vector', 'adds a control vector to the model'),
  planned('--control-vector-scaled', 'adds a scaled control vector to the model'),
  planned('--control-vector-layer-range', 'selects the layers that a control vector changes'),
  planned(
    '--embd-gemma-default',
    'fetches and serves EmbeddingGemma',
    'fetch its GGUF file and start with -m FILE --embedding',
  ),
  ...['--fim-qwen-1.5b-default', '--fim-qwen-3b-default', '--fim-qwen-7b-default', '--fim-qwen-30b-default'].map(
    (flag) => planned(flag, 'fetches and serves a Qwen coder for editors', giveFile),
  ),
  ...['--gpt-oss-20b-default', '--gpt-oss-120b-default'].map((flag) =>
    planned(flag, 'fetches and serves gpt-oss', giveFile),
  ),
  ...['--vision-gemma-4b-default', '--vision-gemma-12b-default'].map((flag) =>
    planned(flag, 'fetches and serves Gemma 3 with its projector', `${giveFile} and --mmproj`),
  ),

  // images and video
  planned(
    '--mmproj-offload --no-mmproj-offload',
    'selects whether the projector runs on the GPU',
    'it runs where the model does: on the CPU with -ngl 0',
    'LLAMA_ARG_MMPROJ_OFFLOAD',
  ),
  planned('-mmdev --mmproj-device', 'chooses the device of the projector', undefined, 'MTMD_BACKEND_DEVICE'),
  planned(
    '--image-min-tokens',
    'sets the minimum number of tokens of an image',
    'leave it out: the projector file sets it',
    'LLAMA_ARG_IMAGE_MIN_TOKENS',
  ),
  planned(
    '--image-max-tokens',
    'sets the maximum number of tokens of an image',
    'send smaller images',
    'LLAMA_ARG_IMAGE_MAX_TOKENS',
  ),
  planned(
    '--mtmd-batch-max-tokens',
    'sets how many image tokens are encoded at once',
    undefined,
    'LLAMA_ARG_MTMD_BATCH_MAX_TOKENS',
  ),
  notOurs(
    '--video-fps',
    'sets the frame rate at which a video is sampled',
    'send frames as images',
    'LLAMA_ARG_VIDEO_FPS',
  ),
  notOurs(
    '--video-timestamp-interval',
    'writes times between the frames of a video',
    'send frames as images, with texts between them',
    'LLAMA_ARG_VIDEO_TIMESTAMP_INTERVAL',
  ),
  notOurs(
    '--video-ffmpeg-dir',
    'runs ffmpeg on what clients send',
    'send frames as images',
    'LLAMA_ARG_VIDEO_FFMPEG_DIR',
  ),

  // context
  planned(
    '--kv-unified-per-slot',
    'bounds the context of a slot in the shared pool',
    'use -c and -np without -kvu',
    'LLAMA_ARG_KV_UNIFIED_PER_SLOT',
  ),
  planned(
    '-ctxcp --ctx-checkpoints --swa-checkpoints',
    'keeps states of models that cannot go back in a prompt',
    undefined,
    'LLAMA_ARG_CTX_CHECKPOINTS',
  ),
  planned(
    '-cms --checkpoint-min-step',
    'sets how far apart such states are',
    undefined,
    'LLAMA_ARG_CHECKPOINT_MIN_SPACING_NT',
  ),
  planned(
    '--cache-reuse',
    'reuses parts after the common prefix of two prompts',
    'put the changing parts at the end of the prompt',
    'LLAMA_ARG_CACHE_REUSE',
  ),
  planned(
    '-kvo --kv-offload -nkvo --no-kv-offload',
    'selects whether the cache is on the GPU',
    'leave it out: it is where the layers are',
    'LLAMA_ARG_KV_OFFLOAD',
  ),

  // processor
  notOurs('-C --cpu-mask', 'binds the threads to processors', useTaskset),
  notOurs('-Cr --cpu-range', 'binds the threads to processors', useTaskset),
  notOurs('--cpu-strict', 'binds each thread to one processor', useTaskset),
  notOurs('--prio', 'sets the priority of the threads', useNice),
  notOurs('--poll', 'has idle threads poll for work', 'leave it out'),
  notOurs('-Cb --cpu-mask-batch', 'binds the threads of prompts to processors', useTaskset),
  notOurs('-Crb --cpu-range-batch', 'binds the threads of prompts to processors', useTaskset),
  notOurs('--cpu-strict-batch', 'binds each thread of prompts to one processor', useTaskset),
  notOurs('--prio-batch', 'sets the priority of the threads of prompts', useNice),
  notOurs('--poll-batch', 'has idle threads of prompts poll for work', 'leave it out'),
  planned(
    '--repack -nr --no-repack',
    'selects whether weights are rearranged for the processor',
    'leave it out: they always are',
    'LLAMA_ARG_REPACK',
  ),
  planned('--no-host', 'bypasses the host buffer of a GPU', 'leave it out', 'LLAMA_ARG_NO_HOST'),
  planned(
    '--op-offload --no-op-offload',
    'selects whether a GPU helps with layers on the CPU',
    'leave it out: it always does',
  ),
  notOurs(
    '--rpc',
    'computes on other machines over an unprotected protocol',
    'run a server on each machine, behind a load balancer',
    'LLAMA_ARG_RPC',
  ),

  // sampling and chat
  planned('-sp --special', 'prints special tokens as text', 'send "return_tokens": true for their ids'),
  planned('--spm-infill', 'orders /infill as suffix, prefix, middle', 'leave it out'),
  planned('--adaptive-target', 'is a setting of adaptive-p sampling', 'use --mirostat or --top-nsigma'),
  planned('--adaptive-decay', 'is a setting of adaptive-p sampling', 'use --mirostat or --top-nsigma'),
  planned(
    '--reasoning-effort',
    'sets the reasoning effort in the template',
    `use --chat-template-kwargs '{"reasoning_effort": "low"}'`,
    'LLAMA_ARG_REASONING_EFFORT',
  ),
  planned(
    '--reasoning-preserve --no-reasoning-preserve',
    'keeps the reasoning of earlier answers in the prompt',
    `use --chat-template-kwargs '{"preserve_reasoning": true}'`,
    'LLAMA_ARG_REASONING_PRESERVE',
  ),
  planned(
    '--skip-chat-parsing --no-skip-chat-parsing',
    'leaves reasoning and calls in the text',
    'leave it out: --reasoning-format none leaves them there',
    'LLAMA_ARG_SKIP_CHAT_PARSING',
  ),
  planned(
    '--prefill-assistant --no-prefill-assistant',
    'selects whether a final assistant message is continued',
    undefined,
    'LLAMA_ARG_PREFILL_ASSISTANT',
  ),

  // server
  planned('--reuse-port', 'shares the port with other processes', undefined, 'LLAMA_ARG_REUSE_PORT'),
  planned(
    '--api-prefix',
    'puts a path before all routes',
    'let a reverse proxy remove the prefix',
    'LLAMA_ARG_API_PREFIX',
  ),
  planned(
    '--ssl-key-file',
    'is the key of HTTPS',
    'put a reverse proxy such as Caddy or nginx in front',
    'LLAMA_ARG_SSL_KEY_FILE',
  ),
  planned(
    '--ssl-cert-file',
    'is the certificate of HTTPS',
    'put a reverse proxy such as Caddy or nginx in front',
    'LLAMA_ARG_SSL_CERT_FILE',
  ),
  notOurs(
    '--cors-methods',
    'names the methods that other pages may use',
    '--cors-origins alone decides which pages may call',
    'LLAMA_ARG_CORS_METHODS',
  ),
  notOurs(
    '--cors-headers',
    'names the headers that other pages may send',
    '--cors-origins alone decides which pages may call',
    'LLAMA_ARG_CORS_HEADERS',
  ),
  notOurs(
    '--cors-credentials --no-cors-credentials',
    'lets other pages send cookies',
    'pages send the API key in a header',
    'LLAMA_ARG_CORS_CREDENTIALS',
  ),
  planned('--props', 'lets POST /props change settings', undefined, 'LLAMA_ARG_ENDPOINT_PROPS'),
  planned('--models-dir', 'serves all models of a folder', 'start one server for each model', 'LLAMA_ARG_MODELS_DIR'),
  planned(
    '--models-preset',
    'serves the models of an INI file',
    'start one server for each model',
    'LLAMA_ARG_MODELS_PRESET',
  ),
  planned('--models-max', 'bounds how many models are loaded', undefined, 'LLAMA_ARG_MODELS_MAX'),
  planned(
    '--models-autoload --no-models-autoload',
    'loads a model when a request names it',
    undefined,
    'LLAMA_ARG_MODELS_AUTOLOAD',
  ),
  planned('--sleep-idle-seconds', 'unloads the model when it is idle'),
  notOurs(
    '--ui-config --webui-config',
    'presets the settings of the page',
    'the page keeps its own',
    'LLAMA_ARG_UI_CONFIG',
  ),
  notOurs(
    '--ui-config-file --webui-config-file',
    'presets the settings of the page',
    'the page keeps its own',
    'LLAMA_ARG_UI_CONFIG_FILE',
  ),
  notOurs(
    '--ui-mcp-proxy --webui-mcp-proxy --no-ui-mcp-proxy --no-webui-mcp-proxy',
    'fetches any URL for the page',
    undefined,
    'LLAMA_ARG_UI_MCP_PROXY',
  ),
  notOurs('--tools', 'lets a model run commands on this machine', aloneWithKey, 'LLAMA_ARG_TOOLS'),
  notOurs('--tools-runtime', 'selects where such commands run', aloneWithKey, 'LLAMA_ARG_TOOLS_RUNTIME'),
  notOurs(
    '--mcp-servers-config',
    'has the server call MCP servers',
    'use a client that speaks MCP',
    'LLAMA_ARG_MCP_SERVERS_CONFIG',
  ),
  notOurs(
    '--mcp-servers-json',
    'has the server call MCP servers',
    'use a client that speaks MCP',
    'LLAMA_ARG_MCP_SERVERS_JSON',
  ),
  notOurs(
    '-ag --agent -no-ag --no-agent',
    'lets a model run commands on this machine',
    aloneWithKey,
    'LLAMA_ARG_AGENT',
  ),

  // log and general
  notOurs(
    '--log-jsonl --no-log-jsonl',
    'logs JSON to stdout',
    'use --log-format json, which logs to stderr',
    'LLAMA_ARG_LOG_JSONL',
  ),
  notOurs('--log-prompts-dir', 'writes prompts to files', 'Cria logs no texts'),
  notOurs('--completion-bash', 'prints completions for bash'),
]
