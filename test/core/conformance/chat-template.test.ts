import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatRenderer, loadChatTemplate } from '../../../src/core/conformance/chat-template.ts';
import { tokenCounter } from '../../../src/core/conformance/tokens.ts';
import { validate } from '../../../src/core/validate.ts';
import { folder } from './check.ts';

const message = (role: string, content: string | null, more: object = {}) => ({ role, content, ...more });
const all =
  '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}{% endfor %}';
const tools = [{ type: 'function', function: { name: 'get_pod', parameters: {} } }];
const rows = [
  { messages: [message('system', 'Be short'), message('user', 'Why?'), message('assistant', 'OOM')] },
  { messages: [message('user', 'And now?'), message('assistant', 'Fine')] },
];

/** Findings of rows for TRL under a template, as `CODE line message`. */
async function rendered(template: string, list: unknown[] = rows, name = 'template.jinja') {
  const dir = await folder({ [name]: template, 'train.jsonl': list });
  const report = await validate(join(dir, 'train.jsonl'), { consumer: 'trl', chatTemplate: join(dir, name) });
  return { report, lines: report.findings.map(({ code, line, message: text }) => `${code} ${line} ${text}`) };
}

describe('a chat template', () => {
  it('that shows every message gives no finding', async () => {
    const { report, lines } = await rendered(all);
    expect(lines).toEqual([]);
    expect(report.template).toEqual({ rendered: 2, skipped: 0 });
  });

  it('that refuses a row is told with its own words', async () => {
    const { lines } = await rendered(
      `{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}${all}`,
    );
    expect(lines).toEqual(['TEMPLATE_FAILS 1 the chat template fails: System role not supported']);
  });

  it.each<[string, string, string[]]>([
    [
      'the system text',
      "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}",
      ['TEMPLATE_DROPS 1 the chat template leaves out the system message 1 of 3: "Be short"'],
    ],
    [
      'the answer',
      "{% for m in messages if m.role != 'assistant' %}{{ m.content }}{% endfor %}",
      [
        'TEMPLATE_DROPS 1 the chat template leaves out the answer of the row: "OOM"',
        'TEMPLATE_DROPS 2 the chat template leaves out the answer of the row: "Fine"',
      ],
    ],
  ])('that leaves out %s is told', async (_, template, expected) => {
    expect((await rendered(template)).lines).toEqual(expected);
  });

  it('that leaves out tools, calls or their results is told', async () => {
    const call = { type: 'function', function: { name: 'get_pod', arguments: { name: 'cart' } } };
    const list = [
      {
        messages: [
          message('user', 'Why?'),
          message('assistant', null, { tool_calls: [call] }),
          message('tool', 'a "quoted" result'),
          message('assistant', 'OOM'),
        ],
        tools,
      },
    ];
    expect((await rendered(`{{ tools | tojson }}${all}`, list)).lines).toEqual([]);
    expect((await rendered('{{ tools | tojson }}{% for m in messages %}{{ m.content | tojson }}{% endfor %}', list)).lines).toEqual([]);
    const plain = await rendered("{% for m in messages if m.role != 'tool' %}{{ m.content }}{% endfor %}", list);
    expect(plain.lines.map((line) => line.replace(/^(\S+ \d+) the chat template leaves out /, '$1 '))).toEqual([
      'TEMPLATE_DROPS 1 the tool call "get_pod"',
      'TEMPLATE_DROPS 1 the tool message 3 of 4: "a \\"quoted\\" result"',
      'TEMPLATE_DROPS 1 the tool "get_pod"',
    ]);
  });

  it('may be that of a tokenizer_config.json, also one of several, with its tokens', async () => {
    const config = JSON.stringify({
      bos_token: { content: '<s>' },
      chat_template: [
        { name: 'tool_use', template: 'x' },
        { name: 'default', template: `{{ bos_token }}${all}` },
      ],
    });
    expect((await rendered(config, rows, 'tokenizer_config.json')).lines).toEqual([]);
    const dir = await folder({ 'a.json': config });
    expect(await loadChatTemplate(join(dir, 'a.json'))).toEqual({
      text: `{{ bos_token }}${all}`,
      toolUse: 'x',
      tokens: { bos_token: '<s>' },
    });
  });

  it('that is no template is refused before a row is read', async () => {
    await expect(rendered('{% for')).rejects.toMatchObject({ code: 'TEMPLATE_INVALID', exitCode: 2 });
    await expect(rendered('{}', rows, 'tokenizer_config.json')).rejects.toMatchObject({ code: 'TEMPLATE_UNREADABLE', exitCode: 2 });
    const dir = await folder({ 'train.jsonl': rows });
    await expect(validate(dir, { consumer: 'trl', chatTemplate: join(dir, 'none') })).rejects.toMatchObject({
      code: 'TEMPLATE_UNREADABLE',
    });
  });

  it.each([
    [
      'loops without end',
      '{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}',
      /did not end within 300 ms/,
    ],
    [
      'makes more text than a row can have',
      "{% set ns = namespace(s='0123456789abcdef') %}{% for i in range(22) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
      /more than 16777216 characters/,
    ],
    [
      'fills the memory',
      '{% set ns = namespace(a=[]) %}{% for i in range(100000) %}{% set ns.a = ns.a + [range(100000)] %}{% endfor %}',
      /MB|did not end/,
    ],
  ])('that %s is stopped, and the next row is rendered', async (_, bomb, expected) => {
    const renderer = await chatRenderer(
      { text: `{% if messages[0].content == 'bomb' %}${bomb}{% else %}{{ messages[0].content }}{% endif %}`, tokens: {} },
      300,
    );
    try {
      const stopped = await renderer.render([message('user', 'bomb') as never], undefined);
      expect(stopped).toMatchObject({ limit: true, error: expect.stringMatching(expected) });
      expect(await renderer.render([message('user', 'next') as never], undefined)).toEqual({ text: 'next' });
    } finally {
      await renderer.close();
    }
  });

  it('that does not end is tried on three rows only', async () => {
    const list = Array.from({ length: 6 }, (_, index) => ({ messages: [message('user', `q${index}`), message('assistant', 'a')] }));
    const { report } = await rendered(
      "{% set ns = namespace(s='0123456789abcdef') %}{% for i in range(22) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
      list,
    );
    expect(report.counts.map(({ code, count }) => [code, count])).toEqual([['TEMPLATE_LIMIT', 3]]);
    expect(report.template).toEqual({ rendered: 3, skipped: 3 });
  });

  it('cannot reach JavaScript', async () => {
    const { lines } = await rendered("{{ messages.constructor.constructor('return process')().pid }}");
    expect(lines[0]).toMatch(/^TEMPLATE_(?:FAILS|DROPS) 1/);
  });
});

describe('tokens', () => {
  it('are counted, and rows above the maximum are findings', async () => {
    const long = { messages: [message('user', 'word '.repeat(2000)), message('assistant', 'a')] };
    const dir = await folder({ 'train.jsonl': [...rows, long] });
    const report = await validate(dir, { consumer: 'trl', maxTokens: 1500 });
    expect(report.findings.map(({ code, line }) => `${code} ${line}`)).toEqual(['TOKENS 3']);
    expect(report.tokens?.buckets.map(({ upTo, rows: count }) => [upTo, count])).toEqual([
      [128, 2],
      [256, 0],
      [512, 0],
      [1024, 0],
      [2048, 1],
      [4096, 0],
      [8192, 0],
      [16384, 0],
      [32768, 0],
      [65536, 0],
      [undefined, 0],
    ]);
    expect(report.tokens).toMatchObject({ median: 20, max: 2013 });
  });

  it('of a rendered row are those of the text that the template gives', async () => {
    const dir = await folder({ 't.jinja': `${'x '.repeat(500)}${all}`, 'train.jsonl': rows });
    const report = await validate(join(dir, 'train.jsonl'), { consumer: 'trl', chatTemplate: join(dir, 't.jinja'), tokens: true });
    expect(report.tokens?.median).toBeGreaterThan(500);
  });

  it('of a long run without a break are counted in time, and marks of models are text', async () => {
    const count = await tokenCounter();
    expect(count('a'.repeat(1_000_000))).toBe(125_000);
    expect(count(' '.repeat(100_000))).toBeGreaterThan(100);
    expect(count('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('need the optional package, which is named where it is missing', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(tokenCounter(missing)).rejects.toMatchObject({
      code: 'MISSING_PEER',
      exitCode: 2,
      suggestions: ['npm install gpt-tokenizer', expect.any(String)],
    });
  });
});
