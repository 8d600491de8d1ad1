import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCapture, openManifest, readCapture } from '../../src/core/capture/index.ts';
import type { CaptureRecord, Coverage, RecordDraft } from '../../src/core/model/capture.ts';

const uid = /"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)([0-9a-f]{12})"/g;
const time = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z/g;

type Recording = { lines: string[]; namespaces: string[]; start: number; seconds: number; coverage: Coverage[]; objects: CaptureRecord[] };

/** A capture of at least `records` records: the bundled recordings one after the other, again and again, each round under new
 * namespaces, uids and times, and with all of its objects deleted at its end. Returns the number of records. */
export async function makeLongCapture(dir: string, records: number): Promise<number> {
  const recordings = await Promise.all((await readdir('recordings')).sort().map((name) => load(join('recordings', name, 'capture'))));
  const createdAt = '2026-01-01T00:00:00.000Z';
  const writer = await openCapture(dir, {
    source: { type: 'bench' },
    clusters: [{ alias: 'c01', name: 'bench' }],
    tool: 'bench',
    createdAt,
    id: '7d0d7f0a-0000-5000-8000-00000000beef',
  }); // prettier-ignore
  let written = 0;
  let clock = Date.parse(createdAt);
  for (let round = 0; written < records; round++) {
    for (const recording of recordings) {
      const shift = clock - recording.start;
      for (const line of recording.lines) await writer.write(moved(line, recording, round, shift));
      const end = new Date(clock + recording.seconds * 1000).toISOString();
      for (const record of recording.objects) {
        const draft = moved(JSON.stringify(record), recording, round, shift);
        if (draft.kind === 'resource') await writer.write({ ...draft, at: end, event: { ...draft.event, type: 'DELETED' } });
      }
      written += recording.lines.length + recording.objects.length;
      clock += (recording.seconds + 1) * 1000;
      if (written >= records) break;
    }
  }
  writer.setManifest({
    coverage: recordings
      .flatMap(({ coverage }) => coverage)
      .map((entry) => ({ ...entry, namespaces: ['*'] }))
      .slice(0, 30),
  });
  await writer.close();
  return written;
}

async function load(dir: string): Promise<Recording> {
  const { coverage } = await openManifest(dir);
  const lines: string[] = [];
  const live = new Map<string, CaptureRecord>();
  let [start, end] = [0, 0];
  for await (const record of readCapture(dir)) {
    start ||= Date.parse(record.at);
    end = Date.parse(record.at);
    lines.push(JSON.stringify(record));
    if (record.kind !== 'resource' || record.event.ref.kind === 'Event') continue;
    if (record.event.type === 'DELETED') live.delete(record.event.ref.uid);
    else live.set(record.event.ref.uid, record);
  }
  const namespaces = [...new Set(coverage.flatMap((entry) => entry.namespaces))].filter((name) => name !== '*');
  return { lines, namespaces, start, seconds: (end - start) / 1000, coverage, objects: [...live.values()] };
}

/** One line of a recording in another round: same text, other names, ids and times. */
function moved(line: string, { namespaces }: Recording, round: number, shift: number): RecordDraft {
  let text = line
    .replace(uid, (_, head: string, tail: string) => `"${head}${tail.slice(0, 6)}${round.toString(16).padStart(6, '0')}"`)
    .replace(
      time,
      (_, second: string, fraction = '') => `"${new Date(Date.parse(`${second}Z`) + shift).toISOString().slice(0, 19)}${fraction}Z`,
    );
  for (const namespace of namespaces) text = text.replaceAll(`"${namespace}"`, `"${namespace}-r${round}"`);
  const { seq, ...draft } = JSON.parse(text) as CaptureRecord;
  return draft as RecordDraft;
}
