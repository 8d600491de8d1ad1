import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { defaultConfig } from '../../../src/core/config.ts';
import { LabelerError } from '../../../src/core/errors.ts';
import { joinPacks } from '../../../src/core/pack-set.ts';
import { runPackTests } from '../../../src/core/pack-tests.ts';
import { compileExpression, regex, toCel } from '../../../src/core/packs/cel.ts';
import { loadPack, parsePack } from '../../../src/core/packs/load.ts';
import { ruleSetOf } from '../../../src/core/rule-set.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { root } from '../../source.ts';
import { fixtures, run } from '../analysis/run.ts';

const example = `${root}/examples/rule-packs/house.yaml`;

const rule = (more: object = {}) => ({
  id: 'T-1',
  title: 'test',
  reason: 'RolloutStuck',
  confidence: 0.9,
  signal: { type: 'container.terminated' },
  observed: 'a',
  because: 'b',
  steps: [{ action: 'c', verify: 'd' }],
  ...more,
});

const packOf = (content: object) => parsePack('pack.yaml', stringify({ pack: 'test', ...content }));

describe('the example of a rule pack', () => {
  it('is sound, and passes its own tests', async () => {
    const set = await ruleSetOf(defaultConfig, [example]);
    expect(set.problems).toEqual([]);
    const results = await runPackTests(set);
    expect(results.map(({ name, passed }) => [name, passed])).toEqual(results.map(({ name }) => [name, true]));
    expect(results.length).toBeGreaterThanOrEqual(3);
  });

  it('fails a test whose rule does not fire, and one in which another fires', async () => {
    const source = readFileSync(example, 'utf8').replace('is closed for (?:writes|posting)', 'is open');
    const results = await runPackTests(joinPacks(defaultConfig, [parsePack('house.yaml', source)]));
    expect(results.map(({ passed }) => passed)).toEqual([false, true, true]);
    expect(results[0]).toMatchObject({
      expected: ['HOUSE-1 DependencyReadOnly Pod finance/poster-0'],
      claimed: [],
      line: expect.any(Number),
    });
  });

  it('changes the version of the rules with every byte', async () => {
    const source = readFileSync(example, 'utf8');
    const version = (text: string) => joinPacks(defaultConfig, [parsePack('a.yaml', text)]).rulesVersion;
    expect(version(source)).toBe(version(source));
    expect(version(`${source}\n# `)).not.toBe(version(source));
    expect((await ruleSetOf(defaultConfig, [])).rulesVersion).not.toBe(version(source));
  });
});

describe('a mistake in a pack', () => {
  it.each<[string, object, RegExp]>([
    [
      'an unknown reason',
      { rules: [rule({ reason: 'RolloutStck' })] },
      /^pack\.yaml:5:13: rules\[0\]\.reason: .*did you mean RolloutStuck\?/,
    ],
    ['an expression', { rules: [rule({ when: 'signal.count >' })] }, /rules\[0\]\.when: Unexpected token/],
    ['an unknown variable', { rules: [rule({ when: 'process.env.HOME == ""' })] }, /rules\[0\]\.when: Unknown variable: process/],
    ['an unknown fact', { rules: [rule({ observed: 'it is {nope}' })] }, /rules\[0\]\.\{nope\} is no fact/],
    ['a pattern', { signatures: [{ id: 'xx', pattern: '(a' }] }, /signatures\[0\]\.pattern: error parsing regexp/],
    ['a backtracking pattern', { signatures: [{ id: 'xy', pattern: '(?=a)b' }] }, /signatures\[0\]\.pattern: error parsing regexp/],
    ['a field that there is not', { rules: [rule({ whne: 'true' })] }, /rules\[0\]\..*whne/],
    ['three loops', { rules: [rule({ when: 'object.a.all(x, x.all(y, y.all(z, z)))' })] }, /3 of exists.*2 are the most/],
  ])('leaves out %s and nothing else', (_, content, words) => {
    const rules = [...((content as { rules?: object[] }).rules ?? []), rule({ id: 'T-2' })];
    const pack = packOf({ ...content, rules });
    expect(pack.problems).toEqual([expect.stringMatching(words)]);
    expect(pack.rules.map(({ id }) => id)).toEqual(['T-2']);
  });

  it.each([
    ['no YAML', 'a: [', /^pack\.yaml:1:\d+: /],
    ['no mapping', '- a', /expected a mapping/],
    ['no name', 'rules: []', /pack: /],
    [
      'a bomb of aliases',
      `pack: a\nx: &x [1]\n${Array.from({ length: 9 }, (_, i) => `y${i}: &y${i} [${'*x,'.repeat(20)}]`).join('\n')}`,
      /alias|Unrecognized/i,
    ],
  ])('of the whole file ends with what is wrong: %s', (_, source, words) => {
    expect(() => parsePack('pack.yaml', source)).toThrow(words);
  });

  it('is an id that is taken, unless the other rule is disabled by name', async () => {
    expect(() => joinPacks(defaultConfig, [packOf({ rules: [rule({ id: 'OOM-1' })] })])).toThrow('there is a rule OOM-1 already');
    expect(joinPacks(defaultConfig, [packOf({ disable: ['OOM-1'] })]).config.rules.disabled).toContain('OOM-1');
    await expect(loadPack('/nowhere/pack.yaml')).rejects.toMatchObject({ code: 'PACK_NOT_FOUND', exitCode: 2 });
  });

  it('never throws anything but an error that says what to do, whatever the file holds', () => {
    const word = fc.constantFrom(
      'pack',
      'rules',
      'signatures',
      'id',
      'when',
      'pattern',
      'a',
      'T-1',
      '(',
      '{x}',
      'signal',
      '*a',
      '&a',
      '[',
      ']',
      '- ',
      ': ',
      '\n',
      '  ',
      '"',
      '1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
          fc.json().map((json) => `pack: a\nrules: [${json}]\n`),
        ),
        (source) => {
          try {
            expect(parsePack('pack.yaml', source).problems.every((problem) => /^pack\.yaml:\d+:\d+: /.test(problem))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(LabelerError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a rule of a pack', () => {
  const claimsOn = (more: object) => {
    const pack = packOf({ rules: [rule(more)] });
    expect(pack.problems).toEqual([]);
    const rules = [...pack.rules];
    const oom = fixtures().find(({ name }) => name === 'OOM-1');
    return run(oom?.records ?? [], { rules, coverage: oom?.coverage ?? [] });
  };

  it('claims like any other, with evidence that is in the records', () => {
    const { events } = claimsOn({
      when: 'signal.detail.exitCode == 137 && object.spec.containers.exists(c, has(c.resources))',
      evidence: [
        { pointer: '/spec/nodeName', note: 'node' },
        { pointer: '/spec/absent', note: 'not there' },
      ],
    });
    expect(events).toMatchObject([{ reason: 'RolloutStuck', ruleId: 'T-1', confidence: 0.9 }]);
    expect(events[0]?.evidence.map(({ pointer }) => pointer)).not.toContain('/spec/absent');
  });

  it('is quiet where a field that it asks for is not there', () => {
    const { events, failures } = claimsOn({ when: 'object.spec.nothing.deeper == 1' });
    expect(failures).toEqual([]);
    expect(events.map(({ ruleId }) => ruleId)).not.toContain('T-1');
  });

  it('that fails is reported once, and the others run', () => {
    const pack = packOf({ rules: [rule({ when: 'signal.count + "a" == "b"' })] });
    const oom = fixtures().find(({ name }) => name === 'OOM-1');
    const { events, failures } = run(oom?.records ?? [], { rules: [...builtinRules, ...pack.rules] });
    expect(failures).toMatchObject([{ ruleId: 'T-1', message: expect.stringContaining('no such overload') }]);
    expect(events.map(({ reason }) => reason)).toContain('ContainerLimitOom');
  });

  it('puts nothing into a command that could end it', () => {
    const [made] = packOf({
      rules: [rule({ facts: { what: '"$(rm -rf /); `id` | sh"' }, steps: [{ action: 'a', verify: 'b', command: 'echo {what}' }] })],
    }).rules;
    const claim = { ruleId: 'T-1', reason: 'RolloutStuck', subject: {}, facts: { what: '$(rm -rf /); `id` | sh\nx' }, evidence: [] };
    expect(made?.describe(claim as never).steps[0]?.command).toBe('echo __rm_-rf_/____id____sh_x');
  });

  it('never throws on damaged objects', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const expression = compileExpression('object.a.exists(x, x.b == "c") || object.a > 1 || size(object.a) > 2');
        try {
          expression({ object: toCel({ a: value }), signal: {}, owner: {}, incident: {} });
        } catch (error) {
          // A type that does not fit is an error of the rule, which the analysis reports.
          expect((error as Error).message).toMatch(/overload|condition|dynamic|type|list|map|bool|argument|iterate/i);
        }
      }),
    );
  });

  it('matches in linear time: a backtracking engine would not come back', () => {
    expect(
      regex('(a+)+$')
        .matcher(`${'a'.repeat(5000)}b`)
        .find(),
    ).toBe(false);
    expect(
      compileExpression('object.a.matches("(a+)+$")')({ object: { a: `${'a'.repeat(5000)}b` }, signal: {}, owner: {}, incident: {} }),
    ).toBe(false);
  });
});
