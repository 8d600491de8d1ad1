import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/core/dataset/facts.ts';
import { isFault, type TroubleshootingLabel } from '../../../src/core/model/label.ts';
import type { ReviewEdits } from '../../../src/core/model/review.ts';
import type { Fact, Made } from '../../../src/core/model/training.ts';
import { loadTemplates } from '../../../src/core/templates.ts';
import { editedLabel, editedMade } from '../../../src/core/training/edits.ts';
import { type MakeOptions, madeOf } from '../../../src/core/training/examples.ts';
import { causeSegments, causeText } from '../../../src/core/training/scene.ts';
import { demoStore, labelsWithEvents, titleOf } from '../dataset/demo-store.ts';
import { optimizationLabel } from '../label-arbitrary.ts';

type Told = { label: TroubleshootingLabel; facts: Fact[]; before: Made };

let close: () => Promise<void>;
let options: MakeOptions;
const faults: Told[] = [];

beforeAll(async () => {
  const demo = await demoStore();
  close = demo.close;
  options = { templates: (await loadTemplates()).templates, titleOf };
  for await (const { label, events } of labelsWithEvents(demo.store)) {
    if (label.type !== 'troubleshooting' || !isFault(label)) continue;
    const facts = await factsOf(label, events);
    faults.push({ label, facts, before: madeOf(label, facts, options) });
  }
}, 120_000);
afterAll(() => close());

const told = (reason: string) => faults.find(({ label }) => label.reason === reason) as Told;
const made = ({ label, facts }: Told, edits: ReviewEdits, json = false) => editedMade(label, facts, { ...options, json }, edits);
const example = ({ examples }: Made, name: string) => examples.find(({ skill }) => skill === name);
const editPairs = ({ pairs }: Made) => pairs.filter(({ kind }) => kind === 'edit');
const texts = ({ examples, pairs, dialogues }: Made) => [
  ...examples.map(({ completion }) => completion),
  ...pairs.map(({ chosen }) => chosen),
  ...dialogues.map(({ messages }) => String(messages.at(-1)?.content)),
];
/** The last sentence of the cause in other words. */
const reworded = ({ label }: Told, words: string) => label.root_cause.replace(causeSegments(label).at(-1)?.text ?? '', words);
const steps = ({ label }: Told, action: string): ReviewEdits => ({
  resolution: { ...label.resolution, steps: label.resolution.steps.map((step) => ({ ...step, action })) },
});

describe('a label of which a reviewer wrote the cause anew', () => {
  const words = 'So the Service finds no pod, and nobody who calls it gets an answer.';
  const one = () => told('SelectorMismatch');
  const edited = () => made(one(), { root_cause: reworded(one(), words) });

  it('teaches what the reviewer wrote, and nowhere what it replaced', () => {
    const replaced = causeSegments(one().label).at(-1)?.text ?? '';
    expect(texts(one().before).filter((text) => text.includes(replaced.slice(0, -1))).length).toBeGreaterThan(2);
    expect(texts(edited()).filter((text) => text.includes(replaced.slice(0, -1)))).toEqual([]);
    for (const skill of ['diagnose', 'compare']) expect(example(edited(), skill)?.completion).toContain(words.slice(0, -1));
    expect(example(edited(), 'plan')?.prompt).toContain(words.slice(0, -1));
  });

  it('cites for the new words the facts that the old ones cited, and for the others what they did', () => {
    const [first = '', last = ''] = (example(one().before, 'diagnose')?.completion ?? '').split('\n')[0]?.match(/\[[\d, ]+\]/g) ?? [];
    expect(example(edited(), 'diagnose')?.completion).toMatch(/^Root cause: Service loyalty selects/);
    expect(example(edited(), 'diagnose')?.completion.split('\n')[0]).toContain(`green ${first}. ${words.slice(0, -1)} ${last}.`);
  });

  it('is asked the same question, and gives a pair that prefers the new words', () => {
    const [pair, ...more] = editPairs(edited());
    expect(more).toEqual([]);
    expect(pair).toMatchObject({
      prompt: example(one().before, 'diagnose')?.prompt,
      chosen: example(edited(), 'diagnose')?.completion,
      rejected: example(one().before, 'diagnose')?.completion,
    });
  });

  it('does not ask what to look at next, or abstain: what the new cause rests on is not known', () => {
    const label = { ...one().label, evidence: one().label.evidence.map((item) => ({ ...item, ablation: 'necessary' as const })) };
    const symptomless = { ...label, segments: label.segments.map((s) => (s.text.startsWith('Impact: ') ? { ...s, evidence_ids: [] } : s)) };
    const other = { ...one(), label: symptomless };
    expect(madeOf(symptomless, one().facts, options).examples.map(({ skill }) => skill)).toContain('next_check');
    const { examples, dropped } = made(other, { root_cause: reworded(one(), words) });
    expect(examples.map(({ skill }) => skill)).not.toContain('next_check');
    expect(dropped).toContainEqual(expect.objectContaining({ skill: 'next_check', gate: 'replaced' }));
  });

  it.each([
    ['a number that is not shown', 'The Service finds no pod since build 4711.', 'the answer says 4711'],
    ['a fact by a number', 'The Service finds no pod, see [2].', 'a reviewer cites [2]'],
  ])('is left out and counted where it says %s', (_, cause, detail) => {
    const { examples, dropped, pairs } = made(one(), { root_cause: cause });
    expect(examples.map(({ skill }) => skill)).not.toContain('diagnose');
    expect(pairs.filter(({ kind }) => kind === 'edit')).toEqual([]);
    expect(dropped).toContainEqual(
      expect.objectContaining({ skill: 'diagnose', gate: 'ungrounded', detail: expect.stringContaining(detail) }),
    );
  });

  it('gives no pair, which is counted, where the new words are much longer, and still teaches them', () => {
    const { examples, dropped, pairs } = made(one(), { root_cause: 'The Service finds no pod. '.repeat(200).trim() });
    expect(pairs.filter(({ kind }) => kind === 'edit')).toEqual([]);
    expect(dropped).toContainEqual(expect.objectContaining({ skill: 'edit', gate: 'unbalanced' }));
    expect(examples.map(({ skill }) => skill)).toContain('diagnose');
  });

  it('says all that the reviewer wrote, also where it begins like another part', () => {
    const label = editedLabel(one().label, { root_cause: 'Impact: none of the pods is found.' });
    expect(causeText(label)).toBe('Impact: none of the pods is found.');
  });
});

describe('a label of which a reviewer wrote the plan anew', () => {
  it('gives a pair of plans to the question of its plan, and every answer has the new one', () => {
    for (const one of faults.filter(({ before }) => example(before, 'plan') !== undefined)) {
      const action = 'Make both of them say the same, and roll it out again.';
      const after = made(one, steps(one, action));
      const [pair] = editPairs(after);
      if (pair === undefined) expect(after.dropped).toContainEqual(expect.objectContaining({ skill: 'edit', gate: 'unbalanced' }));
      else {
        expect(pair).toMatchObject({ prompt: example(one.before, 'plan')?.prompt, chosen: example(after, 'plan')?.completion });
        expect(pair.rejected.startsWith(example(one.before, 'plan')?.completion ?? '-')).toBe(true);
        expect(pair.rejected.length / pair.chosen.length).toBeGreaterThanOrEqual(0.7);
        expect(pair.rejected.length / pair.chosen.length).toBeLessThanOrEqual(1.4);
      }
      const old = one.label.resolution.steps[0]?.action ?? '-';
      expect(texts(after).filter((text) => text.includes(old))).toEqual([]);
    }
  });

  it('has the check that the reviewer wrote, also where the plan is what the recording showed', () => {
    const one = faults.find(({ label }) => label.resolution.observed) as Told;
    const { resolution } = one.label;
    const written = { ...resolution, steps: resolution.steps.map((step) => ({ ...step, verify: 'The probe of the pod answers.' })) };
    expect(example(made(one, { resolution: written }), 'plan')?.completion).toContain('Check: The probe of the pod answers.');
    expect(example(made(one, steps(one, 'Do it again.')), 'plan')?.completion).toContain('Check: The symptom is gone');
  });

  it('teaches no plan where the reviewer left none, and counts it', () => {
    const one = told('SelectorMismatch');
    const after = made(one, { resolution: { observed: false, steps: [] } });
    expect(example(after, 'plan')).toBeUndefined();
    expect(after.dropped).toContainEqual(expect.objectContaining({ skill: 'plan', gate: 'replaced' }));
  });

  it('gives no pair where the answers are the same, which is counted', () => {
    const one = told('SelectorMismatch');
    const { resolution } = one.label;
    const risky = { ...resolution, steps: resolution.steps.map((step) => ({ ...step, risk: 'high' as const })) };
    const after = made(one, { resolution: risky });
    expect(editPairs(after)).toEqual([]);
    expect(after.dropped).toContainEqual(expect.objectContaining({ skill: 'edit', gate: 'alike' }));
    expect(editPairs(made(one, { resolution: risky }, true))).toHaveLength(1);
  });
});

describe('a label of sizing of which a reviewer wrote the answer anew', () => {
  it('teaches nothing, which is counted', () => {
    const { examples, dropped } = editedMade(optimizationLabel(1), [], options, { answer: 'Leave it as it is.' });
    expect(examples).toEqual([]);
    expect(dropped).toMatchObject([{ skill: 'size', gate: 'replaced' }]);
  });
});

describe('both', () => {
  it('give two pairs that their ids tell apart', () => {
    const one = told('SelectorMismatch');
    const edits = {
      root_cause: reworded(one, 'So nothing is found, and no client gets an answer.'),
      ...steps(one, 'Make both agree again.'),
    };
    const pairs = editPairs(made(one, edits));
    expect(pairs).toHaveLength(2);
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(2);
    expect(editPairs(made(one, edits))).toEqual(pairs);
  });

  it('are JSON where JSON is asked for', () => {
    const one = told('SelectorMismatch');
    const edits = {
      root_cause: reworded(one, 'So nothing is found, and no client gets an answer.'),
      ...steps(one, 'Make both agree again.'),
    };
    const pairs = editPairs(made(one, edits, true));
    expect(pairs).toHaveLength(2);
    for (const { chosen, rejected } of pairs) expect(Object.keys(JSON.parse(chosen))).toEqual(Object.keys(JSON.parse(rejected)));
  });
});

describe('a label of which a reviewer wrote the whole answer anew', () => {
  const answer = 'Root cause: the Service and the pods of the Deployment disagree about their generation, so nothing is found. '
    .repeat(6)
    .trim();

  it('gives a pair of whole answers, and no example says what the old one said', () => {
    const one = told('SelectorMismatch');
    const after = made(one, { answer });
    expect(editPairs(after)).toMatchObject([
      { prompt: example(one.before, 'diagnose')?.prompt, chosen: answer, rejected: one.label.answer },
    ]);
    expect(after.examples.map(({ skill }) => skill)).toEqual(['health']);
    expect(after.dropped).toContainEqual(expect.objectContaining({ skill: 'diagnose', gate: 'replaced' }));
  });

  it('gives no pair of prose where JSON is asked for, or where it says what is not shown', () => {
    const one = told('SelectorMismatch');
    expect(editPairs(made(one, { answer }, true))).toEqual([]);
    const { dropped } = made(one, { answer: `${answer} Build 4711 did it.` });
    expect(dropped).toContainEqual(expect.objectContaining({ skill: 'edit', gate: 'ungrounded', detail: 'the answer says 4711' }));
  });
});
