import type { TroubleshootingLabel } from '../model/label.ts';
import { literalsOf } from '../model/literals.ts';
import type { Fact, Gate } from '../model/training.ts';

/** Why an example may not be used: the gate and what it found. */
export type Refusal = { gate: Gate; detail: string };

const unrendered = /\{\{|\bundefined\b|\bNaN\b|\[object Object\]/;
const sharedWords = 6;

/** What an example shows and says: `asked` is the prompt without its facts. */
export type Shown = { asked: string; prompt: string; completion: string; facts: readonly Fact[]; moment: string };

/** A fact, or a time outside of the facts, that is later than the moment of the question. */
export function futureGate({ facts, asked, completion, moment }: Shown): Refusal | undefined {
  const limit = Date.parse(moment);
  const later = facts.find(({ at }) => !(Date.parse(at) <= limit));
  if (later !== undefined) return { gate: 'future', detail: `shows ${later.ref} of ${later.at}, asked at ${moment}` };
  const shown = facts.map(({ text }) => text).join('\n');
  const times = `${asked}\n${completion}`.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g) ?? [];
  const told = times.find((time) => Date.parse(time) > limit && !shown.includes(time));
  return told === undefined ? undefined : { gate: 'future', detail: `says ${told}, asked at ${moment}` };
}

/** The prompt names the reason (`also` as separate words) or says a run of the root cause's words, outside of what was recorded. */
export function revealGate({ asked }: Shown, { reason, root_cause: cause }: TroubleshootingLabel): Refusal | undefined {
  const words = wordsOf(asked);
  const spelled = reason.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  if (words.includes(` ${spelled} `) || words.includes(` ${reason.toLowerCase()} `))
    return { gate: 'reveals', detail: `the prompt says ${reason}` };
  const said = wordsOf(cause).trim().split(' ');
  for (let start = 0; start + sharedWords <= said.length; start += 1) {
    const run = said.slice(start, start + sharedWords).join(' ');
    if (words.includes(` ${run} `)) return { gate: 'reveals', detail: `the prompt says "${run}"` };
  }
  return undefined;
}

/** A number, a quote or a name of the answer that the prompt does not show. */
export function groundGate({ prompt }: Shown, grounded: readonly string[], named: readonly string[] = []): Refusal | undefined {
  const known = plain(prompt);
  const loose = [...grounded.flatMap(literalsOf), ...named].find((literal) => !known.includes(plain(literal)));
  return loose === undefined ? undefined : { gate: 'ungrounded', detail: `the answer says ${loose.slice(0, 80)}` };
}

/** A template that was not filled in. What a recorded fact itself says does not count. */
export function renderGate({ prompt, completion, facts }: Shown): Refusal | undefined {
  const recorded = facts.some(({ text }) => unrendered.test(text));
  const found = recorded ? undefined : unrendered.exec(`${prompt}\n${completion}`)?.[0];
  if (completion.trim() === '' || prompt.trim() === '') return { gate: 'unrendered', detail: 'a part is empty' };
  return found === undefined ? undefined : { gate: 'unrendered', detail: `contains ${found}` };
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function wordsOf(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()} `;
}
