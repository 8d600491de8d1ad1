import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importCapture } from '../../../src/core/import.ts';
import { audit } from '../../../src/core/importers/audit.ts';
import { readBeside } from '../../../src/core/importers/beside.ts';
import { formats } from '../../../src/core/importers/formats.ts';
import { emptyReport, type Importer } from '../../../src/core/importers/importer.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import { audited, auditLog, cart, controllers, deletedWith, metadataOnly, settings } from '../audit-log.ts';
import { time } from '../records.ts';
import { fixtures, folder, watchLine } from './folder.ts';

const alice = 'alice@example.com';

/** What a watch and an audit log give together, as lines. */
async function together(other: Importer, otherFiles: Record<string, string>, events: KubernetesObject[]) {
  const report = emptyReport();
  const drafts: RecordDraft[] = [];
  const logs = folder({ 'audit.log': auditLog(events) });
  for await (const draft of readBeside(other, [folder(otherFiles)], [logs], { cluster: 'c01' }, report)) drafts.push(draft);
  return { drafts, told: drafts.map(line), ignored: report.ignored };
}

function line(draft: RecordDraft): string {
  const clock = draft.at.slice(14, 19);
  if (draft.kind === 'note') return `${clock} ${draft.audit?.user} ${draft.audit?.verb}`;
  return draft.kind === 'resource' ? `${clock} ${draft.event.type} ${draft.event.ref.name} ${draft.event.resourceVersion}` : draft.kind;
}

/** As a watch gives it: with the time of its last write. */
function written(seconds: number, object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, managedFields: [{ manager: 'kubectl', time: time(seconds) }] } };
}

const watch = formats.watch as Importer;
const [first, second] = [cart(10, 1, 'cart:1'), cart(20, 2, 'cart:2')];
const stream = (...events: [type: string, seconds: number, object: KubernetesObject][]) => ({
  'streams/all.ndjson': events.map(([type, seconds, object]) => watchLine(type, written(seconds, object))).join(''),
});

describe('an audit log beside a watch', () => {
  it('says before the record of the watch who left that version behind, though the log was later', async () => {
    const { told, drafts, ignored } = await together(watch, stream(['ADDED', 0, first], ['MODIFIED', 60, second]), [
      audited(60.7, alice, 'patch', second),
    ]);
    expect(told).toEqual(['00:00 ADDED cart 10', `01:00 ${alice} patch`, '01:00 MODIFIED cart 20']);
    expect(drafts[1]).toMatchObject({ atSource: 'derived', audit: { resourceVersion: '20' } });
    expect(ignored).toEqual({ 'object that another file shows too': 1 });
  });

  it('never takes an object back to an older version', async () => {
    const third = cart(30, 3, 'cart:3');
    const { told } = await together(watch, stream(['ADDED', 0, first], ['MODIFIED', 60, second], ['MODIFIED', 60, third]), [
      audited(60.2, alice, 'patch', second),
      audited(60.8, 'bob', 'patch', third),
    ]);
    expect(told).toEqual([
      '00:00 ADDED cart 10',
      `01:00 ${alice} patch`,
      '01:00 MODIFIED cart 20',
      '01:00 bob patch',
      '01:00 MODIFIED cart 30',
    ]);
  });

  it('gives the objects that the watch does not show', async () => {
    const { told } = await together(watch, stream(['ADDED', 0, first], ['MODIFIED', 90, second]), [
      audited(60, alice, 'create', settings(15)),
    ]);
    expect(told).toEqual(['00:00 ADDED cart 10', `01:00 ${alice} create`, '01:00 ADDED settings 15', '01:30 MODIFIED cart 20']);
  });

  it('says who deleted what the watch saw go, once', async () => {
    const { told } = await together(watch, stream(['ADDED', 0, settings(5)], ['ADDED', 59, first], ['DELETED', 60, settings(30)]), [
      deletedWith(audited(60.5, alice, 'delete', settings(5))),
    ]);
    expect(told).toEqual(['00:00 ADDED settings 5', '00:59 ADDED cart 10', `01:00 ${alice} delete`, '01:00 DELETED settings 30']);
  });

  it('leaves the watch as it is alone, whatever the clocks say', async () => {
    const ahead = { ...written(400, settings(15)), metadata: { ...settings(15).metadata, creationTimestamp: time(400) } };
    const files = stream(['ADDED', 0, first], ['ADDED', 400, ahead], ['MODIFIED', 60, second]);
    const { told } = await together(watch, files, [
      audited(60, alice, 'patch', second),
      audited(70, 'bob', 'patch', cart(99, 3, 'cart:3')),
    ]);
    const alone = await together(watch, files, []);
    expect(told.filter((text) => !/alice|bob/.test(text))).toEqual(alone.told);
    expect(told.at(-2)).toBe(`06:40 ${alice} patch`);
    // Of a version that the watch never showed only the note is left.
    expect(told).toContain('01:10 bob patch');
  });

  it('tells requests without an answer at their own time', async () => {
    const { told } = await together(watch, stream(['ADDED', 0, first], ['MODIFIED', 90, second]), [
      metadataOnly(audited(60, alice, 'patch', second)),
    ]);
    expect(told).toEqual(['00:00 ADDED cart 10', `01:00 ${alice} patch`, '01:30 MODIFIED cart 20']);
  });
});

it('an audit log beside a dump gives the history of what the dump shows', async () => {
  const dump = { 'cart.json': JSON.stringify(written(100, { ...second, status: { readyReplicas: 0 } })) };
  const { told } = await together(formats.dump as Importer, dump, [
    audited(0, controllers.deployments, 'create', first),
    audited(60, alice, 'patch', second),
  ]);
  expect(told).toEqual(['00:00 ADDED cart 10', `01:00 ${alice} patch`, '01:00 MODIFIED cart 20']);
});

it('the records of both are in the order of time, and each file is read', async () => {
  const report = emptyReport();
  const times: string[] = [];
  const paths = [[join(fixtures, 'watch')], [join(fixtures, 'audit')]] as const;
  for await (const { at } of readBeside(watch, [...paths[0]], [...paths[1]], { cluster: 'c01' }, report)) times.push(at);
  expect(times).toEqual([...times].sort());
  const alone = [emptyReport(), emptyReport()] as const;
  for await (const _ of watch.read([...paths[0]], { cluster: 'c01' }, alone[0]));
  for await (const _ of audit.read([...paths[1]], { cluster: 'c01' }, alone[1]));
  expect(report.files).toBe(alone[0].files + alone[1].files);
});

it('is how files of a format and audit logs given together are imported; two other formats are refused', async () => {
  const [streams, logs] = [folder(stream(['ADDED', 0, first])), folder({ 'audit.log': auditLog([audited(60, alice, 'patch', second)]) })];
  const result = await importCapture([logs, streams], { out: join(folder(), 'c') });
  expect(result).toMatchObject({ format: 'watch+audit', records: { resource: 1, note: 1 }, skipped: [] });
  expect(result.manifest.source).toMatchObject({ type: 'import', format: 'watch+audit' });
  const again = await importCapture([streams, logs], { out: join(folder(), 'c') });
  expect(again.manifest.id).toBe(result.manifest.id);
  const dump = folder({ 'cart.json': JSON.stringify(first) });
  await expect(importCapture([logs, streams, dump], { out: join(folder(), 'c') })).rejects.toMatchObject({ code: 'IMPORT_FORMAT' });
});
