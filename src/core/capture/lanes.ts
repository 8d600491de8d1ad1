import type { Segment, SegmentClass } from '../model/capture.ts';
import type { ContentDigest } from './id.ts';
import { createContentDigests } from './id.ts';
import { segmentClasses } from './layout.ts';
import { pruneOldest, removeSegments } from './prune.ts';
import { chained, type Gone } from './pruned.ts';
import { type Chunk, createSegment, finishMember, type OpenSegment, sealSegment, writeChunk } from './segment-writer.ts';

/** A record as it is written: `line` is its JSON without LF. */
export type Line = { cluster: string; class: SegmentClass; seq: number; at: string; line: string };

export type LanesOptions = {
  /** A segment is sealed when it has this many compressed bytes. */
  segmentBytes: number;
  /** A gzip member ends when it has this many characters of JSON. */
  memberBytes: number;
  /** 0: no flush before a member is full. */
  flushMilliseconds: number;
  /** A segment is sealed too when its first record is this much older than the newest one; default never. */
  rotateSeconds?: number;
  /** How long what is flushed may stay unsynced; default: until the segment is sealed. */
  syncMilliseconds?: number;
  /** The oldest sealed segments go in time to stay below so many compressed bytes; default never. */
  maxBytes?: number;
  /** Where an earlier writer stopped: its sealed segments, and the highest segment number of each lane (`c01/objects`). */
  start?: { sealed: readonly Segment[]; numbers: ReadonlyMap<string, number> };
  /** Called after each seal, before anything else is written. */
  onSeal?: (segments: Segment[]) => Promise<void>;
  /** Called when segments are about to be removed; their files are still there. */
  onPrune?: (segments: Segment[], gone: Gone[]) => Promise<void>;
};

/** The segment files of a capture being written, one lane per cluster and class. All file work happens in one queue, in the order of the calls. */
export type Lanes = {
  /** Takes a line; a promise if the caller should wait because much is unwritten. Throws what made an earlier write fail. */
  append(line: Line): Promise<void> | undefined;
  /** After it, everything appended so far survives a kill. */
  flush(): Promise<void>;
  /** Runs other file work in the same queue. */
  enqueue(work: () => Promise<void>): void;
  /** Seals everything. */
  seal(): Promise<Segment[]>;
  /** Closes the files without finishing them. */
  abort(): Promise<void>;
  digests(): ContentDigest[];
  /** Compressed bytes so far. */
  bytes(): number;
};

type Lane = {
  cluster: string;
  class: SegmentClass;
  nextNumber: number;
  lines: string[];
  /** Characters in `lines`, and in the current member including what was flushed already. */
  waiting: number;
  memberSize: number;
  first: Line | undefined;
  last: Line | undefined;
  /** Epoch milliseconds of the first record of the segment that is being written. */
  since: number | undefined;
  segment?: OpenSegment;
};

/** Opens the lanes of a capture directory that exists. */
export function createLanes(dir: string, options: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();
  let sealed: Segment[] = [...(options.start?.sealed ?? [])];
  const rotateMs = (options.rotateSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let rotatedAt = 0;
  const content = createContentDigests();
  const limit = 4 * options.memberBytes;
  // A keyframe is written before the segments it replaces are removed, and records go on coming meanwhile.
  const pruneAbove = (options.maxBytes ?? Number.POSITIVE_INFINITY) * (7 / 8);
  const holdAbove = (options.maxBytes ?? Number.POSITIVE_INFINITY) * (15 / 16);
  let queue: Promise<void> = Promise.resolve();
  let inFlight = 0;
  let failure: { error: unknown } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let syncTimer: NodeJS.Timeout | undefined;
  let pruning: Promise<void> | undefined;

  const enqueue = (work: () => Promise<void>) => {
    queue = queue.then(async () => {
      if (failure !== undefined) return;
      await work().catch((error: unknown) => {
        failure = { error };
      });
    });
  };

  const settled = async () => {
    await queue;
    if (failure !== undefined) throw failure.error;
  };

  const handOver = (lane: Lane, end: boolean) => {
    const chunk = takeChunk(lane, end);
    if (chunk === undefined) return;
    const size = chunk.bytes.length;
    inFlight += size;
    enqueue(async () => {
      content.add(lane.cluster, lane.class, chunk.bytes);
      lane.segment ??= await createSegment(dir, lane.cluster, lane.class, lane.nextNumber++);
      await writeChunk(lane.segment, chunk, end);
      inFlight -= size;
      if (end && lane.segment.bytes >= options.segmentBytes) await sealLane(lane);
      prune();
    });
  };

  const sealLane = async (lane: Lane) => {
    if (lane.segment === undefined) return;
    await finishMember(lane.segment);
    sealed.push(await sealSegment(lane.segment, sealed.at(-1)?.sha256 ?? ''));
    delete lane.segment;
    await options.onSeal?.([...sealed]);
  };

  const total = () =>
    [...sealed, ...[...lanes.values()].flatMap(({ segment }) => segment ?? [])].reduce((sum, { bytes }) => sum + bytes, 0);

  /** Works beside the queue, so that records go on being written; sealed segments do not change meanwhile. */
  const prune = () => {
    const excess = total() - pruneAbove;
    if (excess <= 0 || pruning !== undefined || failure !== undefined) return;
    const takeOver = async () => {
      const found = await pruneOldest(dir, sealed, excess);
      if (found === undefined) return;
      const gone = new Set(found.gone.map(({ segment }) => segment.file));
      const kept = new Map(found.kept.map((segment) => [segment.file, segment]));
      enqueue(async () => {
        sealed = chained(sealed.filter(({ file }) => !gone.has(file)).map((segment) => kept.get(segment.file) ?? segment));
        await options.onPrune?.([...sealed], found.gone);
        await removeSegments(dir, found.gone);
      });
      await queue;
    };
    pruning = takeOver()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        pruning = undefined;
      });
  };

  const flushAll = () => {
    for (const lane of lanes.values()) handOver(lane, false);
  };

  const syncAll = () => {
    syncTimer = undefined;
    flushAll();
    for (const lane of lanes.values()) enqueue(async () => lane.segment?.handle.datasync());
  };

  /** Seals what is old enough, also in lanes that have nothing new; looked at once per second of record time. */
  const rotate = (now: number) => {
    if (now - rotatedAt < 1000) return;
    rotatedAt = now;
    for (const lane of lanes.values()) {
      if (lane.since === undefined || now - lane.since < rotateMs) continue;
      handOver(lane, true);
      lane.since = undefined;
      enqueue(() => sealLane(lane));
    }
  };

  const startTimer = () => {
    if (options.syncMilliseconds !== undefined) syncTimer ??= setTimeout(syncAll, options.syncMilliseconds);
    if (options.flushMilliseconds === 0 || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      flushAll();
    }, options.flushMilliseconds);
  };

  return {
    append(line) {
      if (failure !== undefined) throw failure.error;
      if (rotateMs !== Number.POSITIVE_INFINITY) rotate(Date.parse(line.at));
      const lane = laneOf(lanes, line, options.start?.numbers);
      lane.since ??= Date.parse(line.at);
      lane.lines.push(line.line, '\n');
      lane.waiting += line.line.length + 1;
      lane.memberSize += line.line.length + 1;
      lane.first ??= line;
      lane.last = line;
      if (lane.memberSize >= options.memberBytes) handOver(lane, true);
      startTimer();
      if (pruning !== undefined && total() > holdAbove) return pruning.then(settled);
      return inFlight > limit ? settled() : undefined;
    },
    flush() {
      flushAll();
      return settled();
    },
    enqueue,
    async seal() {
      clearTimeout(timer);
      clearTimeout(syncTimer);
      flushRest(lanes, handOver);
      for (const lane of inSealingOrder(lanes)) enqueue(() => sealLane(lane));
      await settled();
      await pruning;
      await settled();
      return sealed;
    },
    async abort() {
      clearTimeout(timer);
      clearTimeout(syncTimer);
      failure ??= { error: new Error('aborted') };
      await pruning;
      await queue;
      for (const { segment } of lanes.values()) {
        segment?.member?.gzip.destroy();
        await segment?.handle.close().catch(() => undefined);
      }
    },
    digests: () => content.digests(),
    bytes: total,
  };
}

function flushRest(lanes: Map<string, Lane>, handOver: (lane: Lane, end: boolean) => void): void {
  for (const lane of inSealingOrder(lanes)) handOver(lane, true);
}

function inSealingOrder(lanes: Map<string, Lane>): Lane[] {
  const rank = (lane: Lane) => segmentClasses.indexOf(lane.class);
  return [...lanes.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : rank(a) - rank(b)));
}

function laneOf(lanes: Map<string, Lane>, line: Line, numbers?: ReadonlyMap<string, number>): Lane {
  const key = `${line.cluster}/${line.class}`;
  let lane = lanes.get(key);
  if (lane === undefined) {
    lane = {
      cluster: line.cluster,
      class: line.class,
      nextNumber: (numbers?.get(key) ?? 0) + 1,
      lines: [],
      waiting: 0,
      memberSize: 0,
      first: undefined,
      last: undefined,
      since: undefined,
    };
    lanes.set(key, lane);
  }
  return lane;
}

function takeChunk(lane: Lane, end: boolean): Chunk | undefined {
  const { first, last, lines } = lane;
  if (end) lane.memberSize = 0;
  if (first === undefined || last === undefined) return undefined;
  const chunk: Chunk = {
    bytes: Buffer.from(lines.join('')),
    firstSeq: first.seq,
    lastSeq: last.seq,
    firstAt: first.at,
    lastAt: last.at,
    count: lines.length / 2,
  };
  Object.assign(lane, { lines: [], waiting: 0, first: undefined, last: undefined });
  return chunk;
}
