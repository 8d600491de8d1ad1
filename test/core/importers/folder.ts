import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { formats } from '../../../src/core/importers/formats.ts';
import { emptyReport } from '../../../src/core/importers/importer.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';

export const fixtures = join(import.meta.dirname, 'fixtures');

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files (path → content). */
export function folder(files: Record<string, string | Buffer> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'import-'));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Reads paths in a format; the records and the finished report. */
export async function read(format: string, ...paths: string[]) {
  const report = emptyReport();
  const records: RecordDraft[] = [];
  for await (const draft of formats[format]!.read(paths, { cluster: 'c01' }, report)) records.push(draft);
  return { records, report };
}

/** Only the records of one kind. */
export function of<K extends RecordDraft['kind']>(records: RecordDraft[], kind: K) {
  return records.filter((record): record is Extract<RecordDraft, { kind: K }> => record.kind === kind);
}

/** `Kind/name@time` of every resource record. */
export function timeline(records: RecordDraft[]): string[] {
  return of(records, 'resource').map(({ at, event }) => `${event.type} ${event.ref.kind}/${event.ref.name} ${at.slice(11, 19)}`);
}

/** A Pod of namespace shop. */
export function pod(name: string, version: number, createdAt: string, more: Record<string, unknown> = {}) {
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: String(version), creationTimestamp: createdAt };
  return { apiVersion: 'v1', kind: 'Pod', metadata, ...more };
}

/** One line of a watch stream. */
export function watchLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
