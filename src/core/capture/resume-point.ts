import type { CaptureRecord } from '../model/capture.ts';
import { readBatches } from './read.ts';

/**
 * Where a recording goes on: per stream the resourceVersion to watch from ('' if its first list was never complete), the objects it knew
 * (uid, resourceVersion, `namespace/name`), and when it was last seen alive; per container of a pod the time of its newest log line and the
 * lines of that very time.
 */
export type ResumePoint = {
  lastAt: string;
  streams: Map<string, { resourceVersion: string; objects: Iterable<[uid: string, version: string, name: string]>; since: string }>;
  logs: (podUid: string, container: string) => { timestamp: string; lastLines: string[] } | undefined;
  /** How many gaps and drops there are so far. */
  gaps: number;
  drops: number;
};

type Stream = { version: string; listing: boolean; objects: Map<string, [uid: string, version: string, name: string]>; since: string };
type Position = { timestamp: string; lastLines: string[] };

/** Reads a recording through once; memory grows with the cluster, not with the recording. Errors of `readBatches`. */
export async function readResumePoint(dir: string): Promise<ResumePoint> {
  const streams = new Map<string, Stream>();
  const positions = new Map<string, Position>();
  const counts = { gaps: 0, drops: 0 };
  let lastAt = '';
  for await (const batch of readBatches(dir, { classes: ['objects', 'events', 'logs'], onProblem: () => undefined })) {
    for (const record of batch) {
      lastAt = record.at;
      if (record.kind === 'gap') counts.gaps += 1;
      if (record.kind === 'drop') counts.drops += record.count;
      if (record.kind === 'log') notePosition(positions, record);
      else if (record.kind === 'resource' || record.kind === 'sync') note(streamOf(streams, record.stream), record);
    }
  }
  return {
    ...counts,
    lastAt,
    streams: new Map(
      [...streams].map(([id, { version, objects, since }]) => [
        id,
        { resourceVersion: version, objects: objects.values(), since: since || lastAt },
      ]),
    ),
    logs: (podUid, container) => positions.get(`${podUid}/${container}`),
  };
}

function streamOf(streams: Map<string, Stream>, id: string): Stream {
  let stream = streams.get(id);
  if (stream === undefined) {
    stream = { version: '', listing: false, objects: new Map(), since: '' };
    streams.set(id, stream);
  }
  return stream;
}

/** While a list is being read, its items say nothing about where to watch from. */
function note(stream: Stream, record: CaptureRecord): void {
  if (record.kind === 'resource') {
    const { ref, type, resourceVersion, synthetic } = record.event;
    if (type === 'DELETED') stream.objects.delete(ref.uid);
    else stream.objects.set(ref.uid, [ref.uid, resourceVersion, `${ref.namespace}/${ref.name}`]);
    if (stream.listing || synthetic !== undefined) return;
    Object.assign(stream, { version: resourceVersion, since: record.at });
  } else if (record.kind === 'sync') {
    if (record.phase === 'list-begin') stream.listing = true;
    if (record.phase === 'list-end') stream.listing = false;
    const current = record.phase === 'list-end' || record.phase === 'bookmark';
    if (current && record.resourceVersion !== undefined) Object.assign(stream, { version: record.resourceVersion, since: record.at });
  }
}

function notePosition(positions: Map<string, Position>, { line }: Extract<CaptureRecord, { kind: 'log' }>): void {
  if (line.uid === undefined || line.timestamp === '') return;
  const key = `${line.uid}/${line.container}`;
  const known = positions.get(key);
  if (known?.timestamp === line.timestamp) known.lastLines.push(line.message);
  else positions.set(key, { timestamp: line.timestamp, lastLines: [line.message] });
}
