import type { Spot, Views } from '../export/consumers/consumer.ts';
import { indexLabel, type LabelIndex, newIndex, withEvents } from '../label-events.ts';
import { stringifyJson } from '../model/json.ts';
import type { Label } from '../model/label.ts';
import type { Drop, Gate, Made, Skill, SplitName } from '../model/training.ts';
import { splitNames } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { mayHoldSecret, secretIn } from '../quality/secrets.ts';
import type { Spool } from '../spool.ts';
import type { LabelStore } from '../store/store.ts';
import { editedMade } from '../training/edits.ts';
import { type MakeOptions, madeOf } from '../training/examples.ts';
import { factsOf } from './facts.ts';
import type { Plan } from './plan.ts';
import { addLabel, newTally, type Tally } from './totals.ts';

/** What was made of the labels of a plan. `duplicates` are rows whose prompt was there before; `drops` name the first of each gate. */
export type RowCounts = {
  rows: Partial<Record<SplitName, number>>;
  skills: Partial<Record<Skill, number>>;
  pairs: Record<string, number>;
  dialogues: number;
  duplicates: number;
  dropped: Partial<Record<Gate, number>>;
  drops: Drop[];
  tally: Tally;
};

const shownDrops = 20;

/** Makes the rows of all views but `labels` and puts them into the spool, by view and split, in the order of their labels. */
export async function spoolRows(
  store: LabelStore,
  plan: Plan,
  filter: Parameters<LabelStore['select']>[0],
  options: MakeOptions,
  spool: Spool,
) {
  const prompts = new Set<number>();
  const counts: RowCounts = { rows: {}, skills: {}, pairs: {}, dialogues: 0, duplicates: 0, dropped: {}, drops: [], tally: newTally() };
  for await (const { label, events } of withEvents(store.select(filter), store.allEvents(), indexOf(plan))) {
    const place = plan.placed.get(label.id);
    if (place === undefined) continue;
    addLabel(counts.tally, label, place, plan.groups);
    const facts = await factsOf(label, events);
    const edits = plan.reviewed.edits.get(label.id);
    const made = withoutSecrets(edits === undefined ? madeOf(label, facts, options) : editedMade(label, facts, options, edits), label);
    note(counts, made.dropped);
    const examples = made.examples.filter((row) => isNew(prompts, row.skill, row.prompt) || skip(counts));
    const pairs = made.pairs.filter((row) => isNew(prompts, row.kind, row.prompt) || skip(counts));
    for (const { skill } of examples) add(counts.skills, skill);
    for (const { kind } of pairs) add(counts.pairs, kind);
    counts.dialogues += made.dialogues.length;
    if (examples.length > 0) counts.rows[place.split] = (counts.rows[place.split] ?? 0) + examples.length;
    const spot: Spot = { split: place.split, group_id: place.group };
    await spool.append({
      [spoolName('examples', place.split)]: examples.map((row) => ({ ...row, ...spot })),
      [spoolName('pairs', place.split)]: pairs.map((row) => ({ ...row, ...spot })),
      [spoolName('dialogues', place.split)]: made.dialogues.map((row) => ({ ...row, ...spot })),
    });
  }
  const ordered = splitNames.flatMap((split) => (counts.rows[split] === undefined ? [] : [[split, counts.rows[split]] as const]));
  return { ...counts, rows: Object.fromEntries(ordered) };
}

function indexOf({ placed }: Plan): LabelIndex {
  const index = newIndex();
  for (const [id, { incident }] of placed) indexLabel(index, { id, incident_id: incident });
  return index;
}

/** The rows of a view and split. */
export function rowsOf<V extends keyof Views>(spool: Spool, view: V, split: SplitName): AsyncIterable<Views[V]> {
  return spool.read<Views[V]>(spoolName(view, split));
}

/** Whether a view has rows in a split. */
export function hasRows(spool: Spool, view: keyof Views, split: SplitName): boolean {
  return spool.has(spoolName(view, split));
}

function spoolName(view: keyof Views, split: SplitName): string {
  return `${view}-${split}`;
}

/** Prompts that stand in more than one split, counted over what was written down. */
export async function equalPrompts(spool: Spool): Promise<number> {
  const homes = new Map<number, SplitName>();
  let equal = 0;
  for (const split of splitNames) {
    for await (const { skill, prompt } of rowsOf(spool, 'examples', split)) {
      const key = keyOf(skill, prompt);
      const home = homes.get(key);
      if (home === undefined) homes.set(key, split);
      else if (home !== split) equal += 1;
    }
  }
  return equal;
}

function withoutSecrets(made: Made, label: Label): Made {
  const dropped = [...made.dropped];
  const clean = <T>(rows: T[], skill: (row: T) => string): T[] =>
    rows.filter((row) => {
      const text = stringifyJson(row);
      const secret = mayHoldSecret(text) ? secretIn(text) : undefined;
      if (secret !== undefined) dropped.push({ label: label.id, skill: skill(row), gate: 'secret', detail: `contains ${secret}` });
      return secret === undefined;
    });
  return {
    examples: clean(made.examples, ({ skill }) => skill),
    pairs: clean(made.pairs, ({ kind }) => kind),
    dialogues: clean(made.dialogues, () => 'dialogue'),
    dropped,
  };
}

function note(counts: RowCounts, dropped: readonly Drop[]): void {
  for (const drop of dropped) {
    add(counts.dropped, drop.gate);
    if (counts.drops.length < shownDrops) counts.drops.push(drop);
  }
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function skip(counts: RowCounts): false {
  counts.duplicates += 1;
  return false;
}

function isNew(known: Set<number>, kind: string, prompt: string): boolean {
  const key = keyOf(kind, prompt);
  if (known.has(key)) return false;
  known.add(key);
  return true;
}

/** 52 bits of a hash: of ten million prompts, two are mistaken for one with a probability of about one in a hundred. */
function keyOf(kind: string, prompt: string): number {
  const digits = uuid5(`prompt/${kind}/${prompt}`, labelerNamespace).replaceAll('-', '');
  return Number.parseInt(`${digits.slice(0, 12)}${digits[13]}`, 16);
}
