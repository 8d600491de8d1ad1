import type { Skill } from '../model/training.ts';
import { hashIndex } from '../model/uuid.ts';

/** A remedy that does not touch the cause. */
export type WrongRemedy = { action: string; verify: string };

/** The wordings of examples: data that users can replace (templates/default.yaml). Each list holds the ways to say the same. */
export type Templates = {
  version: 1;
  system: string[];
  tools_system: string[];
  facts: string[];
  json_instruction: string;
  skills: Record<Skill, Record<string, string[]>>;
  pairs: {
    runner_up: { rejected: string[] };
    uncited: { rejected: string[] };
    wrong_remedies: Record<string, WrongRemedy[]>;
    filler: string[];
  };
};

/** The names that each wording may use, by its place. What is not listed has none. */
export const templateNames: Readonly<Record<string, readonly string[]>> = {
  facts: ['moment'],
  json_instruction: ['fields'],
  'skills.diagnose.prompt': ['symptom', 'workload', 'facts'],
  'skills.diagnose.completion': ['root_cause', 'reason', 'category', 'culprit', 'evidence', 'resolution', 'confidence'],
  'skills.compare.prompt': ['symptom', 'workload', 'facts', 'first', 'second'],
  'skills.compare.completion': ['reason', 'root_cause', 'rival', 'rival_verdict'],
  'skills.read.prompt': ['source', 'line', 'also'],
  'skills.read.completion': ['meaning'],
  'skills.next_check.prompt': ['symptom', 'workload', 'facts'],
  'skills.next_check.completion': ['command', 'shows', 'why'],
  'skills.plan.prompt': ['cause', 'culprit', 'reason', 'workload'],
  'skills.plan.completion': ['steps'],
  'skills.health.prompt': ['workload', 'facts'],
  'skills.health.fault': ['workload', 'symptom', 'cites'],
  'skills.health.intended': ['workload', 'root_cause'],
  'skills.health.progress': ['workload', 'cites'],
  'skills.health.well': ['workload', 'root_cause'],
  'skills.abstain.prompt': ['symptom', 'workload', 'facts'],
  'skills.abstain.completion': ['considered', 'missing', 'command'],
  'skills.size.prompt': ['question', 'usage'],
  'skills.size.completion': ['answer'],
  'pairs.runner_up.rejected': ['title', 'reason', 'subject', 'cites', 'confidence'],
  'pairs.uncited.rejected': ['cause', 'reason', 'category', 'culprit', 'resolution'],
  'pairs.wrong_remedies': ['workload', 'culprit'],
};

const placeholder = /\{([a-z_]+)\}/g;

/** The names in braces that a wording uses, in order. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(placeholder)].map((match) => match[1] ?? '');
}

/** A wording filled in. A line whose names are all empty is left out, then breaks at the end and more than one empty line in a row. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  const lines = template.split('\n').filter((line) => {
    const names = namesIn(line);
    return names.length === 0 || names.some((name) => (values[name] ?? '') !== '');
  });
  const text = lines.map((line) => line.replace(placeholder, (_, name: string) => values[name] ?? '')).join('\n');
  return text.replace(/\n{3,}/g, '\n\n').trim();
}

/** One of several wordings, always the same one for the same label and purpose, and which it is. */
export function chosen(label: string, purpose: string, ways: readonly string[]): { text: string; index: number } {
  const index = hashIndex(`wording/${purpose}/${label}`, ways.length);
  return { text: ways[index] ?? '', index };
}
