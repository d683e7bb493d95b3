import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RequestError } from '../../../../../src/base/errors.ts'
import { ChatTemplate } from '../../../../../src/server/chat/template/chat-template.ts'
import type { Conversation, TemplateMessage } from '../../../../../src/server/chat/template/template-message.ts'

const tokens = { bos: '<s>', eos: '</s>' }
const system: TemplateMessage = { role: 'system', content: 'SYS' }
const user: TemplateMessage = { role: 'user', content: 'USR' }
const answer: TemplateMessage = { role: 'assistant', content: 'ANS' }
const more: TemplateMessage = { role: 'user', content: 'MORE' }

const everyTurn = '{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}'
const refusing = (condition: string, words: string) =>
  `{% if ${condition} %}{{ raise_exception('${words}') }}{% endif %}${everyTurn}`
const alternating =
  "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}" +
  '{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}'

function render(source: string, messages: readonly TemplateMessage[], more: Partial<Conversation> = {}): string {
  return new ChatTemplate(source, tokens).render({ messages, addGenerationPrompt: false, ...more })
}

const templates: Record<string, string> = JSON.parse(
  gunzipSync(readFileSync(new URL('../../../jinja/recorded/templates.json.gz', import.meta.url))).toString('utf8'),
).templates

test('a message of the developer is a system message, unless the template names the role', () => {
  const developer = { role: 'developer', content: 'DEV' }
  assert.equal(render(everyTurn, [developer, user]), '<system>DEV<user>USR')
  assert.equal(
    render(`{% if messages[0].role == 'developer' %}!{% endif %}${everyTurn}`, [developer]),
    '!<developer>DEV',
  )
})

test("none of llama.cpp's templates loses what the system or the developer says", () => {
  for (const [name, source] of Object.entries(templates)) {
    const template = new ChatTemplate(source, tokens)
    const developer = { role: 'developer', content: 'DEVELOPER-SAYS' }
    const texts = [
      [developer, user],
      [{ ...system, content: 'SYSTEM-SAYS' }, developer, user],
      [{ ...system, content: 'SYSTEM-SAYS' }, user, answer, { ...system, content: 'DEVELOPER-SAYS' }, more],
    ].map((messages) => template.render({ messages, addGenerationPrompt: true }))
    for (const text of texts) assert.ok(text.includes('DEVELOPER-SAYS'), name)
    for (const text of texts.slice(1)) assert.ok(text.includes('SYSTEM-SAYS'), name)
  }
})

test('empty lists and nulls of SDKs are left out, an absent content is empty', () => {
  const source =
    "{% for m in messages %}{% for k, v in m.items() %}{{ k }}={{ v }};{% endfor %}{% if 'tool_calls' in m %}!{% endif %}{% endfor %}"
  const dumped = { ...answer, tool_calls: [], refusal: null, audio: null, function_call: null, annotations: [] }
  assert.equal(render(source, [dumped, more]), 'content=ANS;role=assistant;content=MORE;role=user;')
  assert.equal(
    render(everyTurn, [{ role: 'user', content: null }, { role: 'assistant' }, more]),
    '<user><assistant><user>MORE',
  )
})

test('a text becomes parts where the template reads parts, and parts become a text where it reads that', () => {
  const parts =
    "{% for m in messages %}<{{ m.role }}>{% for p in m.content %}{% if p.type == 'text' %}[{{ p.text }}]{% endif %}{% endfor %}{% endfor %}"
  assert.equal(render(parts, [system, user]), '<system>[SYS]<user>[USR]')
  const two = {
    role: 'user',
    content: [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ],
  }
  assert.equal(render(parts, [two]), '<user>[a][b]')
  assert.equal(render(everyTurn, [two]), '<user>a\nb')
  const both =
    "{% for m in messages %}{{ m.content if m.content is string else m.content | map(attribute='text') | join('+') }}{% endfor %}"
  assert.equal(render(both, [two]), 'a+b')
})

test("a system message goes into the user's next where the template has no such role", () => {
  const noSystem = refusing("messages[0].role == 'system'", 'no system')
  assert.equal(render(noSystem, [system, user, answer]), '<user>SYS\nUSR<assistant>ANS')
  assert.equal(render(noSystem, [system, { ...system, content: 'TWO' }, user]), '<user>SYS\n\nTWO\nUSR')
  assert.equal(render(noSystem, [system]), '<user>SYS')
  const silent = "{% for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}"
  assert.equal(render(silent, [system, user]), '<user>SYS\nUSR')
})

test('a late system message stays where the template takes it, and goes into the next where not', () => {
  const late: readonly TemplateMessage[] = [system, user, answer, { ...system, content: 'LATE' }, more]
  assert.equal(render(everyTurn, late), '<system>SYS<user>USR<assistant>ANS<system>LATE<user>MORE')
  const onlyFirst =
    "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('first') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}"
  assert.equal(render(onlyFirst, late), '<system>SYS<user>USR<assistant>ANS<user>LATE\nMORE')
})

test('messages of one role become one only where the template takes no two', () => {
  assert.equal(render(everyTurn, [user, more, answer]), '<user>USR<user>MORE<assistant>ANS')
  assert.equal(render(alternating, [user, more, answer]), '<user>USR\n\nMORE<assistant>ANS')
  assert.equal(render(alternating, [user, answer, answer, more]), '<user>USR<assistant>ANS\n\nANS<user>MORE')
})

test('a refusal that merging does not help keeps its words', () => {
  const one = refusing('messages | length > 1', 'roles must alternate')
  assert.throws(
    () => render(one, [user, user]),
    (error) =>
      error instanceof RequestError &&
      error.status === 400 &&
      /refuses them: roles must alternate$/.test(error.message),
  )
})

test('arguments of calls are an object or a text, as the template reads them', () => {
  const called = (args: unknown): readonly TemplateMessage[] => [
    user,
    { role: 'assistant', content: null, tool_calls: [{ id: 'x', function: { name: 'f', arguments: args } }] },
    { role: 'tool', tool_call_id: 'x', content: '1' },
  ]
  const each = (written: string) =>
    `{% for m in messages %}{{ m.content }}{% for c in m.tool_calls or [] %}${written}{% endfor %}{% endfor %}`
  const asObject = each('{% for k, v in c.function.arguments.items() %}{{ k }}:{{ v }}{% endfor %}')
  const asJson = each('{{ c.function.arguments | tojson }}')
  const asText = each("{{ '' + c.function.arguments }}")
  for (const args of [{ city: 'Bern' }, '{"city":"Bern"}', '{ "city": "Bern" }']) {
    assert.equal(render(asObject, called(args)), 'USRcity:Bern1')
    assert.equal(render(asJson, called(args)), 'USR{"city": "Bern"}1')
  }
  assert.equal(render(asText, called({ city: 'Bern', n: [1, null] })), 'USR{"city": "Bern", "n": [1, null]}1')
  assert.equal(render(asText, called('{"city":"Bern"}')), 'USR{"city":"Bern"}1')
  assert.equal(render(asJson, called('not JSON')), 'USR"not JSON"1')
})

test('results have the name of what was called, and ids the shape that the template asks for', () => {
  const source =
    "{% for m in messages %}{{ m.name }}{% for c in m.tool_calls or [] %}{% if c.id | length != 9 %}{{ raise_exception('nine') }}{% endif %}{{ c.function.arguments | tojson }}{% endfor %}{{ '=' ~ m.tool_call_id if m.tool_call_id }}{{ m.content }};{% endfor %}"
  const text = render(source, [
    user,
    { role: 'assistant', tool_calls: [{ id: 'call_0123456789', function: { name: 'f', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'call_0123456789', content: '1' },
  ])
  assert.match(text, /^USR;\{\};f=[a-z0-9]{9}1;$/)
})

test('thoughts have the name by which the template asks for them', () => {
  const thinking = '{% for m in messages %}{% if m.thinking %}({{ m.thinking }}){% endif %}{{ m.content }}{% endfor %}'
  assert.equal(render(thinking, [user, { ...answer, reasoning_content: 'hm' }, more]), 'USR(hm)ANSMORE')
  const reasoning =
    '{% for m in messages %}{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}{{ m.content }}{% endfor %}'
  assert.equal(render(reasoning, [user, { ...answer, reasoning_content: 'hm' }, more]), 'USR(hm)ANSMORE')
})

test('without tools they are None as in transformers, unless the template fails then', () => {
  assert.equal(render('{{ tools is none }}{{ documents is none }}', [user]), 'TrueTrue')
  assert.equal(render('{{ tools | length }}{{ tools is defined }}', [user]), '0False')
  const tools = [{ type: 'function', function: { name: 'f' } }]
  assert.equal(render('{{ tools[0].function.name }}', [user], { tools }), 'f')
  const older = "{{ 'Functions: ' + functions }}"
  assert.equal(render(older, [user]), 'Functions: ')
  assert.equal(render(older, [user], { tools }), `Functions: ${JSON.stringify(tools, null, 4)}`)
})
