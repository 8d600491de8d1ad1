import type { TroubleshootingLabel } from '../model/label.ts';
import { literalsOf } from '../model/literals.ts';
import type { Fact, Gate } from '../model/training.ts';

/** Why an example may not be used: the gate and what it found. */
export type Refusal = { gate: Gate; detail: string };

const unrendered = /\{\{|\bundefined\b|\bNaN\b|\[object Object\]/;
const sharedWords = 6;

/** What an example shows and says: `asked` is the prompt without what was recorded, `recorded` that. */
export type Shown = { asked: string; recorded: string; prompt: string; completion: string; facts: readonly Fact[]; moment: string };

/** A fact, or a time outside of the facts, that is later than the moment of the question. */
export function futureGate({ facts, asked, recorded, completion, moment }: Shown): Refusal | undefined {
  const limit = Date.parse(moment);
  const later = facts.find(({ at }) => !(Date.parse(at) <= limit));
  if (later !== undefined) return { gate: 'future', detail: `shows ${later.ref} of ${later.at}, asked at ${moment}` };
  const times = `${asked}\n${completion}`.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g) ?? [];
  const told = times.find((time) => Date.parse(time) > limit && !recorded.includes(time));
  return told === undefined ? undefined : { gate: 'future', detail: `says ${told}, asked at ${moment}` };
}

/**
 * The prompt names the reason (also as separate words) or says a run of the root cause's words, outside of what was recorded. Names of
 * objects do not count: both must say them.
 */
export function revealGate({ asked }: Shown, label: TroubleshootingLabel): Refusal | undefined {
  const { reason, root_cause: cause } = label;
  const words = wordsOf(asked);
  const spelled = reason.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  if (words.includes(` ${spelled} `) || words.includes(` ${reason.toLowerCase()} `))
    return { gate: 'reveals', detail: `the prompt says ${reason}` };
  const names = namesOf(label);
  const nameless = wordsOf(without(asked, names));
  const said = wordsOf(without(cause, names)).trim().split(' ');
  for (let start = 0; start + sharedWords <= said.length; start += 1) {
    const run = said.slice(start, start + sharedWords).join(' ');
    if (!run.includes(mark) && nameless.includes(` ${run} `)) return { gate: 'reveals', detail: `the prompt says "${run}"` };
  }
  return undefined;
}

const mark = 'xxnamexx';

/** Names of the objects of a label, the longest first. */
function namesOf({ resource, context, evidence }: TroubleshootingLabel): string[] {
  const refs = evidence.flatMap(({ ref }) => ref.split(/[ /]/).slice(1));
  const names = new Set([resource.name, resource.namespace, context?.workload?.name ?? '', context?.namespace ?? '', ...refs]);
  return [...names].filter((name) => name !== '').sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

function without(text: string, names: readonly string[]): string {
  return names.reduce((left, name) => left.replaceAll(name, ` ${mark} `), text);
}

/** A number, a quote or a name of the answer that the prompt does not show. */
export function groundGate(prompt: string, grounded: readonly string[], named: readonly string[] = []): Refusal | undefined {
  const known = plain(prompt);
  const loose = [...grounded.flatMap(literalsOf), ...named].find((literal) => !known.includes(plain(literal)));
  return loose === undefined ? undefined : { gate: 'ungrounded', detail: `the answer says ${loose.slice(0, 80)}` };
}

/** A template that was not filled in. What a recorded fact itself says does not count. */
export function renderGate({ prompt, completion, recorded }: Shown): Refusal | undefined {
  const found = unrendered.test(recorded) ? undefined : unrendered.exec(`${prompt}\n${completion}`)?.[0];
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
