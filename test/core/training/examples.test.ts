import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/core/dataset/facts.ts';
import type { Label, TroubleshootingLabel } from '../../../src/core/model/label.ts';
import { literalsOf } from '../../../src/core/model/literals.ts';
import type { Fact, Made } from '../../../src/core/model/training.ts';
import { loadTemplates } from '../../../src/core/templates.ts';
import { type MakeOptions, madeOf } from '../../../src/core/training/examples.ts';
import { causeItems, momentOf, symptomIds } from '../../../src/core/training/scene.ts';
import { demoStore, labelsWithEvents, titleOf } from '../dataset/demo-store.ts';

type Told = { label: Label; facts: Fact[]; made: Made };

let close: () => Promise<void>;
let options: MakeOptions;
const told: Told[] = [];

beforeAll(async () => {
  const demo = await demoStore();
  close = demo.close;
  options = { templates: (await loadTemplates()).templates, titleOf };
  for await (const { label, events } of labelsWithEvents(demo.store)) {
    const facts = await factsOf(label, events);
    told.push({ label, facts, made: madeOf(label, facts, options) });
  }
}, 120_000);
afterAll(() => close());

const byReason = (reason: string) => told.find(({ label }) => label.reason === reason) as Told & { label: TroubleshootingLabel };
const faults = () => told.filter(({ label }) => label.category !== 'none' && label.category !== 'sizing');

/** Facts of after the moment; what the cause cites of a spec stood there before it was read. */
function futureOf(label: TroubleshootingLabel, facts: readonly Fact[]): Fact[] {
  const moment = Date.parse(momentOf(label));
  const cited = new Set(causeItems(label).map(({ id }) => id));
  return facts.filter(({ at, standing, evidence }) => Date.parse(at) > moment && !(standing && evidence.some((id) => cited.has(id))));
}

describe('an example', () => {
  it('shows nothing that was recorded after the moment of its question', () => {
    for (const { label, facts, made } of told.filter((one) => one.label.type === 'troubleshooting')) {
      const moment = momentOf(label as TroubleshootingLabel);
      const later = futureOf(label as TroubleshootingLabel, facts);
      for (const { prompt } of made.examples) {
        const shown = new Set(prompt.split('\n'));
        for (const { ref, text } of later) {
          const again = facts.some((fact) => fact.text === text && fact.ref === ref && Date.parse(fact.at) <= Date.parse(moment));
          if (!again) expect([...shown].filter((line) => line.endsWith(`${ref} ${text}`))).toEqual([]);
        }
      }
    }
  });

  it('is the same when the future of its incident is cut off', () => {
    for (const { label, facts, made } of faults()) {
      const later = new Set(futureOf(label as TroubleshootingLabel, facts));
      const past = facts.filter((fact) => !later.has(fact));
      expect(madeOf(label, past, options)).toEqual(made);
    }
  });

  it('does not show the change that ended its incident, also where a spec that the cause cites was read after it', () => {
    const ended = faults().filter(({ label }) => (label as TroubleshootingLabel).resolution.observed);
    expect(ended.map(({ label }) => label.reason).sort()).toEqual(['ScaledToZero', 'ScriptError']);
    for (const { label, made } of ended) {
      const { resolution, evidence } = label as TroubleshootingLabel;
      const cited = new Set(resolution.steps.flatMap(({ evidence_ids }) => evidence_ids));
      const changes = evidence.filter(({ id }) => cited.has(id)).map(({ observed_at }) => Date.parse(observed_at));
      expect(Date.parse(momentOf(label as TroubleshootingLabel))).toBeLessThan(Math.min(...changes));
      for (const { prompt } of made.examples) expect(prompt).not.toMatch(/was modified: .*(?:shipments|restartedAt|0 → 1)/);
    }
  });

  it('plans a new text only where the old one is shown', () => {
    const { made } = byReason('ScriptError');
    const of = (skill: string) => made.examples.find((one) => one.skill === skill) as Made['examples'][number];
    const old = `"our %RULES = (\\n  '850' => 'orders',\\n  '810' => 'invoices'\\n  '856' => 'shipments',\\n);\\n1;\\n"`;
    expect(of('plan').prompt).toContain(`As it is: ConfigMap case-112/edi-rules /data/rules.pl = ${old}`);
    expect(of('plan').completion).toContain(`(it was ${old})`);
    expect(of('diagnose').prompt).not.toContain('shipments');
    expect(of('diagnose').completion).not.toMatch(/shipments|Resolution/);
    expect(byReason('ScaledToZero').made.examples.find(({ skill }) => skill === 'diagnose')?.completion).toContain(
      'Resolution:\n1. Change',
    );
  });

  it('says no number and quotes no text that its prompt does not show', () => {
    for (const { made } of faults()) {
      for (const { skill, prompt, completion } of made.examples.filter((one) => one.skill === 'diagnose')) {
        const cause = completion.split('\nReason: ')[0] ?? '';
        const plain = prompt.replace(/\s+/g, ' ');
        for (const literal of literalsOf(cause.replace(/ \[[\d, ]+\]/g, ''))) {
          expect(plain, `${skill}: ${literal}`).toContain(literal.replace(/\s+/g, ' ').trim());
        }
      }
    }
  });

  it('cites facts by the numbers that they have in its prompt', () => {
    const { label, made } = byReason('TargetPortMismatch');
    const { prompt, completion } = made.examples.find(({ skill }) => skill === 'diagnose') as Made['examples'][number];
    for (const { ref, note } of causeItems(label)) {
      const number = new RegExp(`^- \\[(\\d+)\\] ${note}$`, 'm').exec(completion)?.[1];
      expect(prompt).toMatch(new RegExp(`^\\[${number}\\] .*${ref.replace('/', '\\/')} `, 'm'));
    }
  });

  it('has a question that does not name its cause', () => {
    for (const { label, made } of faults()) {
      for (const { prompt } of made.examples.filter(({ skill }) => skill === 'diagnose' || skill === 'health')) {
        const asked = prompt
          .split('\n')
          .filter((line) => !/^\[\d+\] /.test(line))
          .join('\n');
        expect(asked).not.toContain(label.reason);
      }
    }
  });

  it('has nothing of the colours and control characters that a program wrote into its log', () => {
    const { label, facts } = byReason('ConfigFileInvalid');
    const hostile = (text: string) => `\u001b[31m${text}\u001b[0m\u0000`;
    const coloured = facts.map((fact) => (fact.text.includes('logs: ') ? { ...fact, text: hostile(fact.text) } : fact));
    const evidence = label.evidence.map((item) => (item.type === 'log' ? { ...item, value: hostile(String(item.value)) } : item));
    const { examples, pairs, dialogues } = madeOf({ ...label, evidence }, coloured, options);
    expect(examples.find(({ skill }) => skill === 'diagnose')?.prompt).toContain('contains errors\\x00');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
    expect(JSON.stringify([examples, pairs, dialogues].flat())).not.toMatch(/\\u001b|\\u0000|[\u0000-\u0008\u001b]/);
  });

  it('is worded by a template that only its label decides about', () => {
    const { label, facts, made } = byReason('ConfigMapNotFound');
    expect(madeOf(label, facts, options)).toEqual(made);
    const wordings = new Set(faults().map((one) => one.made.examples.find(({ skill }) => skill === 'diagnose')?.template));
    expect(wordings.size).toBeGreaterThan(2);
  });
});

describe('the skills', () => {
  it('of a fault are several', () => {
    expect(byReason('StorageClassNotFound').made.examples.map(({ skill }) => skill)).toEqual(
      expect.arrayContaining(['diagnose', 'read', 'plan', 'health']),
    );
  });

  it('tell the cause from the runner-up without an order that gives it away', () => {
    const { made } = byReason('SelectorMismatch');
    const { prompt, completion } = made.examples.find(({ skill }) => skill === 'compare') as Made['examples'][number];
    expect(prompt).toMatch(/NoReadyEndpoints (?:or|and) SelectorMismatch/);
    expect(completion).toMatch(/^SelectorMismatch\./);
  });

  it('say of what is intended or too young that nothing is proven', () => {
    const answer = (reason: string) => byReason(reason).made.examples.find(({ skill }) => skill === 'health')?.completion;
    expect(answer('IntendedState')).toMatch(/^Nothing is wrong/);
    expect(answer('InProgress')).toMatch(/^It is too early to tell/);
  });

  it('size a container from its usage', () => {
    const { made } = byReason('MemoryUnderprovisioned');
    expect(made.examples.map(({ skill }) => skill)).toEqual(['size']);
  });
});

describe('with a necessary item taken away', () => {
  const hidden = () => {
    const { label, facts } = byReason('SelectorMismatch');
    const symptoms = symptomIds(label);
    const evidence = label.evidence.map((item) =>
      item.role === 'supports' && !symptoms.has(item.id) ? { ...item, ablation: 'necessary' as const } : item,
    );
    const marked = { ...label, evidence };
    return { label: marked, made: madeOf(marked, facts, options) };
  };

  it('the honest answer is to look for it, or to abstain', () => {
    const { made } = hidden();
    const skills = made.examples.map(({ skill }) => skill);
    expect(skills).toContain('next_check');
    expect(skills).toContain('abstain');
    const check = made.examples.find(({ skill }) => skill === 'next_check');
    expect(check?.completion).toMatch(/^Check: kubectl get (?:service|deployment) loyalty -n case-108 -o jsonpath='\{\.spec/);
    expect(made.examples.find(({ skill }) => skill === 'abstain')?.completion).toMatch(/^The facts do not decide the cause\./);
  });

  it('the prompt does not show it', () => {
    const { label, made } = hidden();
    for (const { prompt } of made.examples.filter(({ skill }) => skill === 'next_check' || skill === 'abstain')) {
      const shown = causeItems(label).filter(({ value }) => typeof value === 'string' && prompt.includes(`= ${JSON.stringify(value)}`));
      expect(shown.length).toBeLessThan(causeItems(label).filter(({ value }) => typeof value === 'string').length);
    }
  });
});

describe('preference pairs', () => {
  it('have answers of about the same length, the first of them right', () => {
    const pairs = told.flatMap(({ made }) => made.pairs);
    expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(['runner_up', 'wrong_remedy', 'uncited']));
    for (const { chosen, rejected } of pairs) {
      expect(rejected).not.toBe(chosen);
      expect(rejected.length / chosen.length).toBeGreaterThanOrEqual(0.7);
      expect(rejected.length / chosen.length).toBeLessThanOrEqual(1.4);
    }
  });

  it('reject an answer that cites nothing', () => {
    for (const { chosen, rejected } of told.flatMap(({ made }) => made.pairs.filter(({ kind }) => kind === 'uncited'))) {
      expect(chosen).toMatch(/\[\d+/);
      expect(rejected).not.toMatch(/\[\d+/);
    }
  });

  it('reject the runner-up, with its own culprit', () => {
    const { made } = byReason('SelectorMismatch');
    expect(made.pairs.find(({ kind }) => kind === 'runner_up')?.rejected).toContain('Reason: NoReadyEndpoints');
  });
});

describe('a dialogue with tools', () => {
  it('calls declared functions, and every call is answered before the next turn', () => {
    const dialogues = told.flatMap(({ made }) => made.dialogues);
    expect(dialogues.length).toBeGreaterThan(5);
    for (const { messages, tools } of dialogues) {
      const declared = (tools as { function: { name: string } }[]).map((tool) => tool.function.name);
      for (const [index, message] of messages.entries()) {
        for (const call of message.tool_calls ?? []) {
          expect(declared).toContain(call.function.name);
          expect(messages[index + 1]).toMatchObject({ role: 'tool', tool_call_id: call.id });
        }
      }
      expect(messages.at(-1)?.role).toBe('assistant');
    }
  });
});

describe('JSON answers', () => {
  it('are objects with the fields that the prompt asks for', () => {
    const { label, facts } = byReason('RbacForbidden');
    for (const { prompt, completion } of madeOf(label, facts, { ...options, json: true }).examples) {
      const fields = /with the fields ([\w, ]+), and nothing else/.exec(prompt)?.[1]?.split(', ');
      expect(Object.keys(JSON.parse(completion) as object)).toEqual(fields);
    }
  });

  it('are compared with objects of the same fields, which differ in what is wrong alone', () => {
    const differing: Record<string, string[]> = {
      runner_up: ['root_cause', 'reason', 'category', 'culprit'],
      uncited: ['evidence'],
      wrong_remedy: ['steps'],
    };
    const pairs = faults().flatMap(({ label, facts }) => madeOf(label, facts, { ...options, json: true }).pairs);
    expect(new Set(pairs.map(({ kind }) => kind))).toEqual(new Set(Object.keys(differing)));
    for (const { kind, prompt, chosen, rejected } of pairs) {
      const [right, wrong] = [JSON.parse(chosen), JSON.parse(rejected)];
      const fields = /with the fields ([\w, ]+), and nothing else/.exec(prompt)?.[1]?.split(', ');
      expect([Object.keys(right), Object.keys(wrong)]).toEqual([fields, fields]);
      const others = (fields ?? []).filter((field) => JSON.stringify(right[field]) !== JSON.stringify(wrong[field]));
      expect(differing[kind]).toEqual(expect.arrayContaining(others));
      expect(others).not.toEqual([]);
    }
  });
});
