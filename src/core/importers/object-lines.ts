import { closeSync, openSync } from 'node:fs';
import type { AuditEntry, RecordDraft, ResourceEvent } from '../model/capture.ts';
import { stringifyJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { oneLine } from '../model/text.ts';
import { compareVersions } from '../model/versions.ts';
import { type InputFile, inputFiles } from './files.ts';
import { emptyReport, type ImportOptions, type ImportReport, ignore, streamId } from './importer.ts';
import { parseDocument } from './json.ts';
import { oversizeBytes } from './logs.ts';
import { normalObject, resourceDraft } from './objects.ts';
import { readLines, readSpan, type Span } from './scan.ts';
import { formatTime } from './times.ts';

/**
 * An object as one line speaks of it, at its time. Without a `type` the first time of a uid is ADDED and every later one MODIFIED.
 * `received`: somebody noted that time when the object came. `named`: the line only names the object, which has what was last seen of it.
 * `note`: what else the line says; instead of it, `noteIfAlone` if nobody else wrote since the version before, `noteIfOthers` if somebody did.
 */
export type ObjectSighting = {
  object: KubernetesObject;
  ms: number;
  type?: ResourceEvent['type'];
  received?: boolean;
  named?: true;
  note?: LineNote;
  noteIfAlone?: LineNote;
  noteIfOthers?: LineNote;
  writers?: Writers | undefined;
};

/**
 * Who wrote a version: metadata.managedFields as manager, operation, subresource and time, and which manager the client of the request is.
 * `counted`: the object has a generation, which tells how many changes there were.
 */
export type Writers = { manager: string; entries: readonly (readonly unknown[])[]; counted: boolean };

/** What a line says of an object that it does not hold; `id` tells lines that say the same. */
export type NoteSighting = { ms: number; id: string; received?: boolean; note: LineNote };

export type Sighting = ObjectSighting | NoteSighting;

/** A remark for people, and what analysis reads of it. */
export type LineNote = { message: string; audit?: AuditEntry };

/** What a line says: objects, and why it was passed over (`ignored`), or what is wrong with it (`found`, `expected`). */
export type Decoded = { sightings: Sighting[]; ignored?: Record<string, number>; found?: string; expected?: string };

/** A format of JSON lines. `source` is how streams name it. */
export type LineFormat = { source: string; decode: (value: KubernetesObject, file: string) => Decoded };

/** Where a sighting stands: number `item` of a line. `id` is its object's uid, or name where it has none. */
type Entry = Span & {
  file: number;
  item: number;
  ms: number;
  id: string;
  resourceVersion: string;
  type?: ResourceEvent['type'];
  named?: true;
};

/** The first entry of each version of an object. */
type Versions = Map<string, Entry>;

/** Of longer lines the rest is dropped, so that they do not parse: one request of a collector may list a whole cluster, but not more. */
const lineBytes = 64 * 1024 * 1024;

/** Decoded lines kept for the second pass, up to this many bytes of input: a line of a collector may hold thousands of objects. */
const keepBytes = 32 * 1024 * 1024;

/**
 * JSON lines that hold objects with times as one sequence, sorted by time; what was seen before with the same resourceVersion is ignored.
 * Two passes: the first keeps offsets only. A torn line costs itself.
 */
export async function* readObjectLines(
  paths: string[],
  options: ImportOptions,
  report: ImportReport,
  format: LineFormat,
): AsyncGenerator<RecordDraft> {
  const files = inputFiles(paths, report).filter((file) => isJsonLines(file, report));
  const versions: Versions = new Map();
  const entries: Entry[] = [];
  for (const [index, file] of files.entries()) {
    for (const entry of indexFile(file, index, format, versions, report)) entries.push(entry);
    options.signal?.throwIfAborted();
  }
  entries.sort((a, b) => a.ms - b.ms || a.file - b.file || a.start - b.start || a.item - b.item);
  orderVersions(entries);
  const sightings = reader(files, format);
  const named = new Set(entries.filter((entry) => entry.named).map(({ id }) => id));
  const last = new Map<string, KubernetesObject>();
  const known = new Set<string>();
  const writers = new Map<string, Writers | undefined>();
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    const sighting = sightings(entry)[entry.item];
    const type = entry.type ?? (known.has(entry.id) ? 'MODIFIED' : 'ADDED');
    known.add(entry.id);
    if (sighting === undefined) continue;
    const whole = 'object' in sighting && sighting.named ? { ...sighting, object: last.get(entry.id) ?? sighting.object } : sighting;
    if (type === 'DELETED') last.delete(entry.id);
    else if ('object' in whole && named.has(entry.id)) last.set(entry.id, whole.object);
    yield* draftsOf(sureOf(whole, entry, writers), type, format.source, options.cluster, report);
  }
  report.files += files.length;
}

/**
 * Clocks of several recorders differ, and answers overtake each other: of the versions of an object within this time, the older stands first, at
 * the time that the newer had.
 */
const skewMs = 60_000;

function orderVersions(entries: Entry[]): void {
  const places = new Map<string, number[]>();
  for (const [index, { id }] of entries.entries()) {
    const own = places.get(id) ?? [];
    places.set(id, own);
    own.push(index);
    for (let at = own.length - 1; at > 0; at -= 1) {
      const [left, right] = [own[at - 1] as number, own[at] as number];
      const [before, after] = [entries[left] as Entry, entries[right] as Entry];
      if (compareVersions(before.resourceVersion, after.resourceVersion) <= 0 || after.ms - before.ms > skewMs) break;
      entries[left] = { ...after, ms: before.ms };
      entries[right] = { ...before, ms: after.ms };
    }
  }
}

/** A sighting at the time of its entry, with the note that holds after the version before. */
function sureOf(sighting: Sighting, { id, ms }: Entry, writers: Map<string, Writers | undefined>): Sighting {
  if (!('object' in sighting)) return { ...sighting, ms };
  const between = writtenBetween(writers.get(id), sighting.writers);
  if (!sighting.named) writers.set(id, sighting.writers);
  const { noteIfAlone, noteIfOthers } = sighting;
  const note = between === 'nobody' ? noteIfAlone : between === 'others' ? noteIfOthers : undefined;
  return { ...sighting, ms, ...(note === undefined ? {} : { note }) };
}

/** Who set fields between two versions, as far as managedFields tell: two clients under one name look like one. */
function writtenBetween(before: Writers | undefined, now: Writers | undefined): 'nobody' | 'others' | undefined {
  if (before === undefined || now === undefined) return undefined;
  const entries = ({ entries: all }: Writers, but?: string) =>
    JSON.stringify(all.filter(([manager, , subresource]) => but === undefined || (manager !== but && subresource === undefined)));
  if (entries(before) === entries(now)) return 'nobody';
  return !now.counted && now.manager !== '' && entries(before, now.manager) !== entries(now, now.manager) ? 'others' : undefined;
}

/** The first line of a file as JSON, or that of the first file below a folder that begins like JSON; undefined where JSON goes over many lines. */
export function firstLine(path: string): unknown {
  for (const file of inputFiles([path], emptyReport()).slice(0, 50)) {
    const [first] = readLines(file.path, 0, oversizeBytes);
    if (first === undefined || !/^\s*\{/.test(first.bytes.toString('utf8', 0, 64))) continue;
    const parsed = parseDocument(first.bytes, file.name, 1);
    return 'value' in parsed ? parsed.value : undefined;
  }
  return undefined;
}

function isJsonLines(file: InputFile, report: ImportReport): boolean {
  for (const { bytes } of readLines(file.path, 0, 65_536)) {
    const head = bytes.toString('utf8', 0, 64).trimStart();
    if (head === '') continue;
    if (head.startsWith('{')) return true;
    break;
  }
  ignore(report, 'file that does not begin with a line of JSON');
  return false;
}

function* indexFile(file: InputFile, index: number, format: LineFormat, versions: Versions, report: ImportReport): Generator<Entry> {
  for (const { bytes, start, end, line } of readLines(file.path, 0, Number.POSITIVE_INFINITY, 1_048_576, lineBytes)) {
    if (!bytes.some((byte) => byte > 0x20)) continue;
    const parsed = parseDocument(bytes, file.name, line);
    if ('problem' in parsed) {
      report.skipped.push(parsed.problem);
      continue;
    }
    const { sightings, ignored = {}, found, expected = '' } = decodeLine(parsed.value, file, format);
    if (found !== undefined) report.skipped.push({ file: file.name, line, found: oneLine(found, 80), expected });
    for (const [reason, count] of Object.entries(ignored)) ignore(report, reason, count);
    for (const [item, sighting] of sightings.entries()) {
      const { id, version, ...rest } = identityOf(sighting);
      const entry: Entry = { start, end, line, file: index, item, ms: sighting.ms, id, ...rest };
      const same = version === undefined ? undefined : versions.get(version);
      if (same === undefined) yield entry;
      else ignore(report, 'object seen before, unchanged');
      // Files need not be in order: what was seen first in time counts.
      if (same !== undefined && entry.ms < same.ms) Object.assign(same, entry);
      else if (same === undefined && version !== undefined) versions.set(version, entry);
    }
  }
}

/** What a sighting is of, and what makes another one the same. */
function identityOf(sighting: Sighting): Pick<Entry, 'id' | 'type' | 'named' | 'resourceVersion'> & { version?: string } {
  if (!('object' in sighting)) return { id: sighting.id, resourceVersion: '', version: sighting.id };
  const { object, type, named } = sighting;
  const { uid, resourceVersion, namespace, name } = object.metadata ?? {};
  const id = uid ?? `${object.kind}/${namespace}/${name}`;
  const same = resourceVersion || named ? { version: `${id} ${resourceVersion} ${type === 'DELETED'}` } : {};
  return { id, type, resourceVersion: String(resourceVersion ?? ''), ...(named ? { named } : {}), ...same };
}

function decodeLine(value: unknown, file: InputFile, { decode }: LineFormat): Decoded {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return decode(value, file.name);
  return { sightings: [], found: oneLine(stringifyJson(value), 60), expected: 'a JSON object' };
}

function reader(files: InputFile[], format: LineFormat): (entry: Entry) => Sighting[] {
  const kept = new Map<string, { sightings: Sighting[]; bytes: number }>();
  let room = keepBytes;
  return ({ file, start, end, line }) => {
    const key = `${file}:${start}`;
    const known = kept.get(key);
    if (known !== undefined) return known.sightings;
    const { path, name } = files[file] as InputFile;
    const fd = openSync(path, 'r');
    try {
      const parsed = parseDocument(readSpan(fd, start, end), name, line);
      const sightings = 'value' in parsed ? decodeLine(parsed.value, files[file] as InputFile, format).sightings : [];
      for (const [old, { bytes }] of kept) {
        if (room >= end - start) break;
        kept.delete(old);
        room += bytes;
      }
      kept.set(key, { sightings, bytes: end - start });
      room -= end - start;
      return sightings;
    } finally {
      closeSync(fd);
    }
  };
}

function* draftsOf(
  sighting: Sighting,
  type: ResourceEvent['type'],
  source: string,
  cluster: string,
  report: ImportReport,
): Generator<RecordDraft> {
  const { ms, received = false, note } = sighting;
  const at = formatTime(ms);
  // Before what it speaks of: who reads in order knows who made a change when it comes.
  if (note !== undefined) {
    const stream = streamId(report, cluster, source, source);
    yield { at, atSource: received ? 'received' : 'derived', cluster, stream, kind: 'note', ...note };
  }
  if (!('object' in sighting)) return;
  const draft = resourceDraft(normalObject(sighting.object, report), type, { at, cluster, source }, report);
  yield received ? { ...draft, atSource: 'received' } : draft;
}
