import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { recordProblem } from '../../../src/core/capture/record-shape.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';
import { at, mixedDrafts, newPath, podDraft, writeAll } from './drafts.ts';

const ajv = new Ajv2020({ allErrors: true });
const schema = async (name: string) => ajv.compile(JSON.parse(await readFile(join(import.meta.dirname, '../../../schemas', name), 'utf8')));
const isManifest = await schema('capture-manifest.schema.json');
const isRecord = await schema('capture-record.schema.json');

const base = { at: at(0), atSource: 'received', cluster: 'c01', stream: '' } as const;
const others: RecordDraft[] = [
  { ...base, kind: 'sync', phase: 'list-end', resourceVersion: '7', count: 3 },
  { ...base, kind: 'gap', from: at(0), to: at(1), reason: 'expired', syntheticDeletes: 2 },
  { ...base, kind: 'oversize', ref: { kind: 'ConfigMap', namespace: 'shop', name: 'big', uid: '' }, bytes: 9_000_000 },
  { ...base, kind: 'drop', count: 4, reason: 'slow disk' },
  { ...base, kind: 'stats', counters: { received: 12 } },
  { ...base, kind: 'note', message: 'hello' },
  {
    ...base,
    kind: 'note',
    message: 'audit: alice sent patch for Deployment shop/cart',
    audit: { user: 'alice', verb: 'patch', ref: { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'd1' }, auditID: 'a1' },
  },
  { ...base, kind: 'end', reason: 'stopped' },
  { ...base, kind: 'from-the-future' } as unknown as RecordDraft,
];

describe('the published schemas', () => {
  it('accept every record and the manifest of a written capture', async () => {
    const dir = await newPath();
    const manifest = await writeAll(dir, [...mixedDrafts(20), ...others], { memberBytes: 500 });
    expect(isManifest(manifest), JSON.stringify(isManifest.errors)).toBe(true);
    expect(manifest.segments).toHaveLength(4);
    for (const { file } of manifest.segments) {
      for (const line of gunzipSync(await readFile(join(dir, file)))
        .toString()
        .trimEnd()
        .split('\n')) {
        expect(isRecord(JSON.parse(line)), `${line} ${JSON.stringify(isRecord.errors)}`).toBe(true);
      }
    }
  });

  it('accept the examples of the documentation, in which every kind occurs', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/capture-format.md'), 'utf8');
    const example = (name: string) => new RegExp(`\`\`\`json ${name}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
    expect(isManifest(JSON.parse(example('manifest'))), JSON.stringify(isManifest.errors)).toBe(true);
    const records = example('record')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const record of records) {
      expect(isRecord(record), `${JSON.stringify(record)} ${JSON.stringify(isRecord.errors)}`).toBe(true);
      expect(recordProblem(record)).toBeUndefined();
    }
    const kinds = ['drop', 'end', 'gap', 'log', 'metrics', 'note', 'note', 'oversize', 'resource', 'stats', 'sync', 'tick'];
    expect(records.map(({ kind }) => kind).sort()).toEqual(kinds);
  });

  it('refuse what readers refuse', () => {
    const record = { seq: 1, ...podDraft('a', 0) };
    const bad = [
      { ...record, seq: 0 },
      { ...record, at: 'now' },
      { ...record, cluster: '../x' },
      { ...record, event: { type: 'ADDED' } },
      { ...base, seq: 1 },
      { ...base, seq: 1, kind: 'note', message: 'who?', audit: { user: 'alice' } },
    ];
    for (const value of bad) {
      expect(isRecord(value), JSON.stringify(value)).toBe(false);
      expect(recordProblem(value)).toBeDefined();
    }
    expect(isManifest({ format: 'k8s-labeler-capture', version: 2 })).toBe(false);
  });
});
