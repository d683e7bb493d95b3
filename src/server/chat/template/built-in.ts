// Templates by name, for models whose file has none: those of llama-server's --chat-template, as
// Jinja. Source of their output: llm_chat_apply_template in llama.cpp's src/llama-chat.cpp.
import { chatMl } from './chat-template.ts'

export type BuiltInTemplate = {
  readonly source: string
  /** Ends an answer if the model does not know it as a token. */
  readonly stop: readonly string[]
}

const role = '{{ message.role }}'
const content = '{{ message.content }}'
const trimmed = '{{ message.content | trim }}'

/**
 * @param turn the text of each message. @param opening the beginning of an answer. @param head the
 *   text before everything.
 */
function turns(turn: string, opening = '', head = ''): string {
  const end = opening === '' ? '' : `{% if add_generation_prompt %}${opening}{% endif %}`
  return `${head}{% for message in messages %}${turn}{% endfor %}${end}`
}

/** The text of a message by its role. @param otherwise for every other role. */
function byRole(texts: Readonly<Record<string, string>>, otherwise = ''): string {
  const branches = Object.entries(texts).map(([name, text], i) => {
    return `{% ${i === 0 ? 'if' : 'elif'} message.role == '${name}' %}${text}`
  })
  return `${branches.join('')}${otherwise === '' ? '' : `{% else %}${otherwise}`}{% endif %}`
}

/** Text that begins with blanks or a line break, which would be stripped after a tag. */
function text(value: string): string {
  return `{{ '${value.replaceAll('\n', '\\n')}' }}`
}

function mistral(lead: string, trail: string, answer = content): string {
  const open = `{% if not ns.inside %}${text(`${lead}[INST]${trail}`)}{% set ns.inside = true %}{% endif %}`
  const turn = byRole(
    { system: content + text('\n\n'), user: content + text(`${lead}[/INST]`) },
    `${text(trail)}${answer}</s>{% set ns.inside = false %}`,
  )
  return turns(open + turn, '', '{% set ns = namespace(inside=false) %}')
}

function mistral7(blank: string): string {
  return turns(
    byRole(
      {
        system: `[SYSTEM_PROMPT]${blank}${content}[/SYSTEM_PROMPT]`,
        user: `[INST]${blank}${content}[/INST]`,
      },
      `${text(blank)}${content}</s>`,
    ),
  )
}

function llama2(system: string, { again = '[INST] ', own = content } = {}): string {
  const open = `{% if not ns.inside %}${again}{% set ns.inside = true %}{% endif %}`
  const turn = byRole({ system, user: `${own} [/INST]` }, `${own}</s>{% set ns.inside = false %}`)
  return turns(open + turn, '', '{% set ns = namespace(inside=true) %}[INST] ')
}

const sys = (own: string) => `<<SYS>>\n${own}\n<</SYS>>\n\n`

/**
 * Messages of the system are held for the next message of the user. @param addition how a message
 * is held.
 */
function waiting(addition: string, turn: string, opening = ''): string {
  const keep = `{% if message.role == 'system' %}{% set ns.system = ns.system ~ (${addition}) %}{% else %}${turn}{% endif %}`
  return turns(keep, opening, "{% set ns = namespace(system='') %}")
}

const withSystem = "{% if ns.system %}{{ ns.system }}\n\n{% set ns.system = '' %}{% endif %}"

const gemma = waiting(
  'message.content | trim',
  "<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}\n" +
    `{% if message.role != 'assistant' %}${withSystem}{% endif %}${trimmed}<end_of_turn>\n`,
  '<start_of_turn>model\n',
)

const orion = waiting(
  'message.content',
  `{% if message.role == 'user' %}Human: ${withSystem}${content}\n\nAssistant: </s>{% else %}${content}</s>{% endif %}`,
)

function vicuna(system: string): string {
  const texts = { system, user: `USER: ${content}\n`, assistant: `ASSISTANT: ${content}</s>\n` }
  return turns(byRole(texts), 'ASSISTANT:')
}

/**
 * @param start with the name of a role and `end` around it. @param close ends all turns but those
 *   of the user.
 */
function exaone(start: string, end: string, close: string, roles: readonly string[], closesUser = false): string {
  const texts = roles.map((name) => {
    return [name, `${start}${name}${end}${trimmed}${name === 'user' && !closesUser ? '' : close}\n`] as const
  })
  return turns(byRole(Object.fromEntries(texts)), `${start}assistant${end}`)
}

const bailing = `<role>{{ 'HUMAN' if message.role == 'user' else message.role | upper }}</role>${content}`

const granite = (call: string) =>
  turns(`${call}${content}<|end_of_text|>\n`, '<|start_of_role|>assistant<|end_of_role|>')
const graniteCall = byRole(
  { assistant_tool_call: '<|start_of_role|>assistant<|end_of_role|><|tool_call|>' },
  `<|start_of_role|>${role}<|end_of_role|>`,
)

const kimiOpening = byRole({
  system: '<|im_system|>system<|im_middle|>',
  user: '<|im_user|>user<|im_middle|>',
  assistant: '<|im_assistant|>assistant<|im_middle|>',
  tool: '<|im_system|>tool<|im_middle|>',
})

const sources: Readonly<Record<string, readonly [source: string, ...stop: string[]]>> = {
  chatml: [chatMl, '<|im_end|>'],
  llama2: [llama2(`${content}\n`), '</s>'],
  'llama2-sys': [llama2(sys(content)), '</s>'],
  'llama2-sys-bos': [llama2(sys(content), { again: '<s>[INST] ' }), '</s>'],
  'llama2-sys-strip': [llama2(sys(trimmed), { own: trimmed }), '</s>'],
  'mistral-v1': [mistral(' ', ' '), '</s>'],
  'mistral-v3': [mistral('', ' ', trimmed), '</s>'],
  'mistral-v3-tekken': [mistral('', ''), '</s>'],
  'mistral-v7': [mistral7(' '), '</s>'],
  'mistral-v7-tekken': [mistral7(''), '</s>'],
  phi3: [turns(`<|${role}|>\n${content}<|end|>\n`, '<|assistant|>\n'), '<|end|>'],
  phi4: [turns(`<|im_start|>${role}<|im_sep|>${content}<|im_end|>`, '<|im_start|>assistant<|im_sep|>'), '<|im_end|>'],
  falcon3: [turns(`<|${role}|>\n${content}\n`, '<|assistant|>\n')],
  zephyr: [turns(`<|${role}|>\n${content}<|endoftext|>\n`, '<|assistant|>\n'), '<|endoftext|>'],
  monarch: [turns(`{% if not loop.first %}<s>{% endif %}${role}\n${content}</s>\n`, '<s>assistant\n'), '</s>'],
  gemma: [gemma, '<end_of_turn>'],
  orion: [orion, '</s>'],
  openchat: [
    turns(
      byRole(
        { system: `${content}<|end_of_turn|>` },
        `GPT4 Correct {{ message.role[:1] | upper }}{{ message.role[1:] }}: ${content}<|end_of_turn|>`,
      ),
      'GPT4 Correct Assistant:',
    ),
    '<|end_of_turn|>',
  ],
  vicuna: [vicuna(`${content}\n\n`), '</s>'],
  'vicuna-orca': [vicuna(`SYSTEM: ${content}\n`), '</s>'],
  deepseek: [
    turns(
      byRole({
        system: content,
        user: `### Instruction:\n${content}\n`,
        assistant: `### Response:\n${content}\n<|EOT|>\n`,
      }),
      '### Response:\n',
    ),
    '<|EOT|>',
  ],
  deepseek2: [
    turns(
      byRole({
        system: `${content}\n\n`,
        user: `User: ${content}\n\n`,
        assistant: `Assistant: ${content}<｜end▁of▁sentence｜>`,
      }),
      'Assistant:',
    ),
    '<｜end▁of▁sentence｜>',
  ],
  deepseek3: [
    turns(
      byRole({
        system: `${content}\n\n`,
        user: `<｜User｜>${content}`,
        assistant: `<｜Assistant｜>${content}<｜end▁of▁sentence｜>`,
      }),
      '<｜Assistant｜>',
    ),
    '<｜end▁of▁sentence｜>',
  ],
  'deepseek-ocr': [turns(content)],
  'command-r': [
    turns(
      byRole(
        Object.fromEntries(
          [
            ['system', 'SYSTEM'],
            ['user', 'USER'],
            ['assistant', 'CHATBOT'],
          ].map(([name, token]) => [name!, `<|START_OF_TURN_TOKEN|><|${token}_TOKEN|>${trimmed}<|END_OF_TURN_TOKEN|>`]),
        ),
      ),
      '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>',
    ),
    '<|END_OF_TURN_TOKEN|>',
  ],
  llama3: [
    turns(
      `<|start_header_id|>${role}<|end_header_id|>\n\n${trimmed}<|eot_id|>`,
      '<|start_header_id|>assistant<|end_header_id|>\n\n',
    ),
    '<|eot_id|>',
  ],
  chatglm3: [turns(`<|${role}|>\n ${content}`, '<|assistant|>', '[gMASK]sop')],
  chatglm4: [turns(`<|${role}|>\n${content}`, '<|assistant|>\n', '[gMASK]<sop>')],
  glmedge: [turns(`<|${role}|>\n${content}`, '<|assistant|>')],
  minicpm: [turns(byRole({ user: `<用户>${trimmed}<AI>` }, trimmed))],
  exaone3: [exaone('[|', '|]', '[|endofturn|]', ['system', 'user', 'assistant']), '[|endofturn|]'],
  exaone4: [exaone('[|', '|]', '[|endofturn|]', ['system', 'user', 'assistant', 'tool']), '[|endofturn|]'],
  'exaone-moe': [exaone('<|', '|>\n', '<|endofturn|>', ['system', 'user', 'assistant', 'tool'], true), '<|endofturn|>'],
  'rwkv-world': [
    turns(
      byRole({
        system: `System: ${trimmed}\n\n`,
        user: `User: ${trimmed}\n\n{% if loop.last %}Assistant:{% endif %}`,
        assistant: `Assistant: ${trimmed}\n\n`,
      }),
    ),
  ],
  granite: [
    granite(
      `<|start_of_role|>${role}<|end_of_role|>{% if message.role == 'assistant_tool_call' %}<|tool_call|>{% endif %}`,
    ),
    '<|end_of_text|>',
  ],
  'granite-4.0': [granite(graniteCall), '<|end_of_text|>'],
  'granite-4.1': [granite(graniteCall), '<|end_of_text|>'],
  gigachat: [
    turns(
      byRole({
        system: `{% if loop.first %}${content}<|message_sep|>{% endif %}`,
        user: `user<|role_sep|>${content}<|message_sep|>available functions<|role_sep|>[]<|message_sep|>`,
        assistant: `assistant<|role_sep|>${content}<|message_sep|>`,
      }),
      'assistant<|role_sep|>',
      '<s>',
    ),
    '<|message_sep|>',
  ],
  megrez: [
    turns(`<|role_start|>${role}<|role_end|>${content}<|turn_end|>`, '<|role_start|>assistant<|role_end|>'),
    '<|turn_end|>',
  ],
  yandex: [
    turns(
      byRole({
        user: `${text(' Пользователь: ')}${content}\n\n`,
        assistant: `${text(' Ассистент: ')}${content}\n\n`,
      }),
      text(' Ассистент:[SEP]'),
    ),
  ],
  bailing: [turns(bailing, '<role>ASSISTANT</role>')],
  'bailing-think': [turns(bailing, '<role>ASSISTANT</role><think>')],
  bailing2: [
    turns(
      `${bailing}<|role_end|>`,
      '<role>ASSISTANT</role>',
      "{% if not messages or messages[0].role != 'system' %}<role>SYSTEM</role>detailed thinking off<|role_end|>{% endif %}",
    ),
    '<|role_end|>',
  ],
  llama4: [
    turns(`<|header_start|>${role}<|header_end|>\n\n${trimmed}<|eot|>`, '<|header_start|>assistant<|header_end|>\n\n'),
    '<|eot|>',
  ],
  smolvlm: [
    turns(
      byRole(
        { system: `${content}\n\n`, user: `User: ${content}<end_of_utterance>\n` },
        `Assistant: ${content}<end_of_utterance>\n`,
      ),
      'Assistant:',
      '<|im_start|>',
    ),
    '<end_of_utterance>',
  ],
  'hunyuan-moe': [
    turns(
      byRole(
        { system: `<|startoftext|>${content}<|extra_4|>`, assistant: `${content}<|eos|>` },
        `<|startoftext|>${content}<|extra_0|>`,
      ),
    ),
    '<|eos|>',
  ],
  'gpt-oss': [
    turns(
      `<|start|>${role}<|message|>${content}{{ '<|return|>' if message.role == 'assistant' else '<|end|>' }}`,
      '<|start|>assistant',
    ),
    '<|return|>',
  ],
  'hunyuan-dense': [
    turns(
      byRole({
        system: `{% if loop.first %}${content}<｜hy_place▁holder▁no▁3｜>{% endif %}`,
        assistant: `<｜hy_Assistant｜>${content}<｜hy_place▁holder▁no▁2｜>`,
        user: `<｜hy_User｜>${content}<｜hy_Assistant｜>`,
      }),
    ),
    '<｜hy_place▁holder▁no▁2｜>',
  ],
  'hunyuan-vl': [
    turns(
      byRole({
        system: `{% if loop.first %}${content}<｜hy_place▁holder▁no▁3｜>{% endif %}`,
        user: `${content}<｜hy_User｜>`,
        assistant: `${content}<｜hy_Assistant｜>`,
      }),
      '',
      '<｜hy_begin▁of▁sentence｜>',
    ),
    '<｜hy_Assistant｜>',
  ],
  'kimi-k2': [turns(`${kimiOpening}${content}<|im_end|>`, '<|im_assistant|>assistant<|im_middle|>'), '<|im_end|>'],
  seed_oss: [
    turns(
      `<seed:bos>${role}\n{{ message.content | trim if message.role == 'assistant' else message.content }}<seed:eos>`,
      '<seed:bos>assistant\n',
    ),
    '<seed:eos>',
  ],
  'grok-2': [
    turns(
      byRole({
        system: `System: ${trimmed}<|separator|>\n\n`,
        user: `Human: ${trimmed}<|separator|>\n\n`,
        assistant: `Assistant: ${content}<|separator|>\n\n`,
      }),
      'Assistant:',
    ),
    '<|separator|>',
  ],
  'pangu-embedded': [
    turns(
      byRole({
        system: `[unused9]系统：${content}[unused10]`,
        user: `[unused9]用户：${content}[unused10]`,
        assistant: `[unused9]助手：${content}[unused10]`,
        tool: `[unused9]工具：${content}[unused10]`,
        function: `[unused9]方法：${content}[unused10]`,
      }),
      '[unused9]助手：',
      "{% if messages and messages[0].role != 'system' %}[unused9]系统：[unused10]{% endif %}",
    ),
    '[unused10]',
  ],
  'solar-open': [turns(`<|begin|>${role}<|content|>${content}<|end|>`, '<|begin|>assistant'), '<|end|>'],
}

export const builtInTemplates: ReadonlyMap<string, BuiltInTemplate> = new Map(
  Object.entries(sources).map(([name, [source, ...stop]]) => [name, { source, stop }]),
)
