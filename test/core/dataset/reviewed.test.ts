import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBase, type SplitRow } from '../../../src/core/dataset/base.ts';
import { readReviewed } from '../../../src/core/dataset/reviewed.ts';
import { type DatasetOptions, type DatasetSummary, exportDataset } from '../../../src/core/dataset.ts';
import { diffLabels } from '../../../src/core/diff.ts';
import type { Label, TroubleshootingLabel } from '../../../src/core/model/label.ts';
import type { Review, ReviewEdits } from '../../../src/core/model/review.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { datasetPage } from '../../../src/render/export.ts';
import { review } from '../review-rows.ts';
import { datasetOptionsFor, demoStore } from './demo-store.ts';

let dir: string;
let store: LabelStore;
let close: () => Promise<void>;
let folders = 0;
let edited: TroubleshootingLabel;
let secret: TroubleshootingLabel;
let [rejected, disputed, stale, undone] = ['', '', '', ''];
let before: { out: string; summary: DatasetSummary };
let hub: typeof before;

const cause = 'The Service looks for a generation that no pod has, so that its clients get no answer at all.';

beforeAll(async () => {
  ({ dir, store, close } = await demoStore());
  const faults: TroubleshootingLabel[] = [];
  for await (const label of store.select({ type: 'troubleshooting' }))
    if (label.category !== 'none') faults.push(label as TroubleshootingLabel);
  const taken = (reason: Label['reason']) => faults.find((label) => label.reason === reason) as TroubleshootingLabel;
  edited = taken('SelectorMismatch');
  secret = taken('TargetPortMismatch');
  const others = faults.filter((label) => label !== edited && label !== secret);
  [rejected = '', disputed = '', stale = '', undone = ''] = others.map(({ id }) => id);
  before = await exported('trl');
  hub = await exported('hf');
  const about = async (id: string, over: Partial<Review> = {}) =>
    review({ label_id: id, content_hash: (await store.judged(id)) ?? '', capture_id: 'x', ...over });
  const anew: { edits: ReviewEdits } = { edits: { root_cause: cause } };
  const takenBack = await about(undone, anew);
  await store.addReviews([
    await about(edited.id, { edits: { root_cause: 'An older text.' } }),
    await about(edited.id, { ...anew, reviewer: 'bob', created_at: '2026-03-04T00:00:00.000Z' }),
    await about(edited.id, { reviewer: 'eve', created_at: '2026-03-05T00:00:00.000Z' }),
    await about(secret.id, { edits: { root_cause: `The port differs, see https://ada:${'hunter'}2@git.local/x for it.` } }),
    await about(rejected, { verdict: 'reject', reason: 'wrong-cause' }),
    await about(disputed, anew),
    await about(disputed, { reviewer: 'bob', verdict: 'reject', reason: 'wrong-cause' }),
    await about(stale, { ...anew, content_hash: 'b'.repeat(64) }),
    takenBack,
    await about(undone, { verdict: 'undone', undoes: takenBack.id, sequence: 1 }),
  ]);
}, 120_000);
afterAll(() => close());

async function exported(to: DatasetOptions['to'], more: Partial<DatasetOptions> = {}) {
  const out = join(dir, `out-${folders++}`);
  return { out, summary: await exportDataset(store, { ...(await datasetOptionsFor(to, out)), ...more }) };
}

async function splitsOf(out: string): Promise<Map<string, SplitRow>> {
  const lines = (await readFile(join(out, 'splits.jsonl'), 'utf8')).trimEnd().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as SplitRow).map((row) => [row.label_id, row]));
}

async function allText({ out, summary }: typeof before): Promise<string> {
  return (await Promise.all(summary.files.map(({ file }) => readFile(join(out, file), 'utf8')))).join('\n');
}

describe('what reviewers wrote', () => {
  it('counts where the label is accepted as it is now: the latest text', async () => {
    const { edits } = await readReviewed(store);
    expect([...edits.keys()].sort()).toEqual([edited.id, secret.id].sort());
    expect(edits.get(edited.id)).toEqual({ root_cause: cause });
  });

  it('is of one reviewer where several wrote at the same time, whoever is read first', async () => {
    const written = ['ada', 'bob', 'eve'].map((reviewer) => review({ reviewer, edits: { root_cause: reviewer } }));
    const read = async (reviews: Review[]) => {
      const given = {
        reviews: async function* () {
          for (const one of reviews) yield { ...one, standing: 'current' as const };
        },
      };
      return [...(await readReviewed(given as unknown as LabelStore)).edits.values()];
    };
    const last = written.toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
    expect(await read(written)).toEqual([last?.edits]);
    expect(await read(written.toReversed())).toEqual([last?.edits]);
  });

  it('is taught instead of what they replaced, and gives a pair', async () => {
    const after = await exported('trl');
    expect(after.summary.pairs.edit).toBe(1);
    expect(after.summary.reviewed).toEqual({ accepted: 2, edited: 2, rejected: 0, disputed: 0 });
    const text = await allText(after);
    expect(await allText(before)).toContain('No pod matches the selector, so Service loyalty');
    expect(text).toContain(cause.slice(0, -1));
    expect(
      text
        .split('\n')
        .filter((line) =>
          JSON.stringify(JSON.parse(line || '{}').completion ?? '').includes('No pod matches the selector, so Service loyalty'),
        ),
    ).toEqual([]);
    expect(JSON.parse(await readFile(join(after.out, 'manifest.json'), 'utf8')).validation).toMatchObject({
      rows: { pairs: { edit: 1 } },
      reviewed: { accepted: 2, edited: 2 },
      excluded: { rejected: 1, disputed: 1 },
    });
  });

  it('does not hide labels that people reject or dispute where they are asked for', async () => {
    const { out, summary } = await exported('hf', { keepRejected: true });
    expect(summary.reviewed).toMatchObject({ accepted: 2, rejected: 1, disputed: 1 });
    expect(datasetPage(summary, 100)).toMatch(/^reviews +2 accepted, .*, 1 rejected, 1 disputed$/m);
    expect(await readFile(join(out, 'README.md'), 'utf8')).toContain('; 1 were rejected and 1 disputed');
  });

  it('is left out where it holds a credential', async () => {
    const after = await exported('trl');
    expect(after.summary.dropped.secret).toBeGreaterThan(0);
    expect(await allText(after)).not.toContain('hunter');
  });

  it('changes rows, but not where they stand, and gives the dataset another id', async () => {
    const after = await exported('trl', { seed: 77, base: await readBase(before.out) });
    const [old, now] = [await splitsOf(before.out), await splitsOf(after.out)];
    for (const [id, row] of now) expect(row.split).toBe(old.get(id)?.split);
    const changed = [...now.values()].filter((row) => row.content_hash !== old.get(row.label_id)?.content_hash);
    expect(changed.map(({ label_id: id }) => id).sort()).toEqual([edited.id, secret.id].sort());
    const same = await exported('trl');
    expect(same.summary.datasetId).not.toBe(before.summary.datasetId);
    expect((await exported('trl')).summary.files).toEqual(same.summary.files);
  });

  it('stands beside the label in the folder for the Hub, and its card says so', async () => {
    const { out, summary } = await exported('hf', { check: true });
    expect((await diffLabels(hub.out, out)).changed.map(({ fields }) => fields)).toEqual([[{ field: 'edits' }], [{ field: 'edits' }]]);
    expect(Object.values(summary.conformance).reduce((sum, { errors }) => sum + errors, 0)).toBe(0);
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card).toMatch(/- Preference pairs: .*edit 1/);
    expect(card).toMatch(/- Reviewed by people: 2 of \d+ labels were accepted; of 2 of them, /);
    const { changed } = await diffLabels(before.out, out);
    expect(changed.map(({ id }) => id).sort()).toEqual([edited.id, secret.id].sort());
  });
});

describe('labels that people reject or dispute', () => {
  it('are left out and counted, unless they are asked for', async () => {
    const { out, summary } = await exported('trl');
    expect(summary.excluded).toMatchObject({ rejected: 1, disputed: 1 });
    const kept = await splitsOf(out);
    expect([kept.has(rejected), kept.has(disputed), kept.has(stale), kept.has(undone)]).toEqual([false, false, true, true]);
    const all = await exported('trl', { keepRejected: true });
    expect(all.summary.excluded).toMatchObject({ rejected: 0, disputed: 0 });
    expect((await splitsOf(all.out)).has(rejected)).toBe(true);
    const only = await exported('trl', { filter: { reviewed: 'rejected' } });
    expect([...(await splitsOf(only.out)).keys()]).toEqual([rejected]);
  });
});
