import type { PodLog, RecordDraft } from '../model/capture.ts';
import type { InputFile } from './files.ts';
import type { Timed } from './merge.ts';
import { lastTimeOfPod, type Names, namespaceOfPod, uidAt } from './names.ts';
import { readLines } from './scan.ts';
import { splitCriStamp, textStamp } from './stamps.ts';
import { formatTime } from './times.ts';

/** Whose log a file (or a part of it) is. */
export type LogOwner = { namespace: string; pod: string; container: string; previous: boolean };

/** One log: a file or a part of one. */
export type LogPart = { file: InputFile; owner: LogOwner; start: number; end: number };

/** What a first reading of a log showed. `cri`: its lines carry the kubelet's timestamps. */
export type LogSurvey = { cri: boolean; firstMs?: number; lastZonedMs?: number; lastMs?: number };

/** Where lines without any time go, and how late a line may be (`latestMs`). */
export type LogPlace = { cluster: string; stream: string; fallbackMs: number; referenceMs?: number; latestMs?: number };

/** Longer lines and objects are recorded as `oversize`, not kept. */
export const oversizeBytes = 8 * 1024 * 1024;

const startMarker = /^==== START logs for container (\S+) of pod (\S+)\/(\S+) ====\s*$/;
const endMarker = /^==== END logs for container /;
const dnsName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Whose log a file is, by its path: `<namespace>_<pod>_<container>[.previous].log`, `logs/[<namespace>/]<pod>/<container>.log`, or
 * `<pod>/<container>.log` anywhere for a pod that is known. A namespace that the path does not name comes from the pods.
 */
export function logOwner(parts: string[], names: Names, onlyNamespace?: string): LogOwner | undefined {
  const [, stem = '', before] = /^(.+?)([.-]previous)?\.(?:log|txt)$/.exec(parts.at(-1) ?? '') ?? [];
  const previous = before !== undefined;
  const [namespace, pod, container, more] = stem.split('_');
  if (container !== undefined && more === undefined) return ownerOf({ namespace: namespace ?? '', pod: pod ?? '', container, previous });
  const [folder, parent] = [parts.at(-2), parts.at(-3)];
  if (folder === undefined || folder === 'logs') return undefined;
  const named = parent === undefined || parent === 'logs' || parts[0] !== 'logs' ? undefined : parent;
  const known = namespaceOfPod(names, folder);
  if (parts[0] !== 'logs' && !names.namespacesOfPod.has(folder)) return undefined;
  const fromPath = parent !== undefined && names.namespacesOfPod.get(folder)?.has(parent) === true ? parent : named;
  return ownerOf({ namespace: fromPath ?? known ?? onlyNamespace ?? '', pod: folder, container: stem, previous });
}

/** The owner a path names, if its names can be names of Kubernetes objects. */
export function ownerOf(owner: LogOwner): LogOwner | undefined {
  const { namespace, pod, container } = owner;
  return (namespace === '' || dnsName.test(namespace)) && dnsName.test(pod) && dnsName.test(container) ? owner : undefined;
}

/** Whether a text begins as the logs of `kubectl cluster-info dump` do. */
export function hasLogMarker(head: string): boolean {
  return startMarker.test(head.split('\n', 1)[0] ?? '');
}

/** Cuts a file at `==== START logs … ====` markers: the logs, and (as `others`) what stands between them. */
export function splitByMarkers(file: InputFile): { logs: LogPart[]; others: { start: number; end: number }[] } {
  const logs: LogPart[] = [];
  const others: { start: number; end: number }[] = [];
  let open: { owner: LogOwner; start: number } | undefined;
  let from = 0;
  for (const { bytes, start, end } of readLines(file.path)) {
    const text = bytes[0] === 0x3d ? bytes.toString('utf8') : '';
    const [, container, namespace, pod] = startMarker.exec(text) ?? [];
    const stops = open !== undefined && (container !== undefined || endMarker.test(text));
    if (open !== undefined && stops) {
      logs.push({ file, ...open, end: start });
      open = undefined;
      from = end + 1;
    }
    if (container === undefined || namespace === undefined || pod === undefined) continue;
    if (start > from) others.push({ start: from, end: start });
    open = { owner: { namespace, pod, container, previous: false }, start: end + 1 };
  }
  if (open !== undefined) logs.push({ file, ...open, end: file.size });
  else if (from < file.size) others.push({ start: from, end: file.size });
  return { logs, others };
}

/** Reads a log once to learn its times. `whole` false stops at the first time found. */
export function surveyLog(part: LogPart, whole: boolean, referenceMs?: number): LogSurvey {
  const survey: LogSurvey = { cri: false };
  let lines = 0;
  for (const { bytes } of readLines(part.file.path, part.start, part.end)) {
    const head = bytes.toString('utf8', 0, 256);
    const cri = splitCriStamp(head);
    if (lines < 10 && cri !== undefined) survey.cri = true;
    lines += 1;
    const stamp = cri === undefined ? (survey.cri ? undefined : textStamp(head, referenceMs)) : { ms: cri.ms, zoned: true };
    if (stamp === undefined) continue;
    survey.firstMs ??= stamp.ms;
    survey.lastMs = Math.max(survey.lastMs ?? stamp.ms, stamp.ms);
    if (stamp.zoned) survey.lastZonedMs = Math.max(survey.lastZonedMs ?? stamp.ms, stamp.ms);
    if (!whole) return survey;
  }
  return survey;
}

/** When a log without any time of its own is placed: the newest time its pod speaks of, else the fallback. */
export function untimedLogMs(part: LogPart, names: Names, fallbackMs: number): number {
  return lastTimeOfPod(names, part.owner.namespace, part.owner.pod) ?? fallbackMs;
}

/** The lines of one log as records, in file order, times never going back. A line without a time follows the line before it. */
export function* logRecords(part: LogPart, survey: LogSurvey, names: Names, place: LogPlace): Generator<Timed> {
  const latestMs = place.latestMs ?? Number.POSITIVE_INFINITY;
  let lastMs = Math.min(survey.firstMs ?? place.fallbackMs, latestMs);
  for (const { bytes } of readLines(part.file.path, part.start, part.end)) {
    if (bytes.length > oversizeBytes) {
      yield { ms: lastMs, draft: oversizeLine(part.owner, bytes.length, lastMs, names, place) };
      continue;
    }
    const text = bytes.toString('utf8');
    const cri = survey.cri ? splitCriStamp(text) : undefined;
    const found = cri ?? (survey.cri ? undefined : textStamp(text, place.referenceMs));
    const ms = Math.min(Math.max(found?.ms ?? lastMs, lastMs), latestMs);
    const line = podLog(
      part.owner,
      cri?.message ?? text,
      cri?.timestamp ?? '',
      uidAt(names, 'Pod', part.owner.namespace, part.owner.pod, ms),
    );
    const atSource = cri !== undefined && cri.ms === ms ? 'received' : 'derived';
    yield { ms, draft: { at: formatTime(ms), atSource, cluster: place.cluster, stream: place.stream, kind: 'log', line } };
    lastMs = ms;
  }
}

function podLog({ namespace, pod, container, previous }: LogOwner, message: string, timestamp: string, uid: string | undefined): PodLog {
  return { namespace, pod, ...(uid === undefined ? {} : { uid }), container, message, timestamp, ...(previous ? { previous } : {}) };
}

function oversizeLine(owner: LogOwner, bytes: number, ms: number, names: Names, { cluster, stream }: LogPlace): RecordDraft {
  const uid = uidAt(names, 'Pod', owner.namespace, owner.pod, ms) ?? '';
  const ref = { kind: 'Pod', namespace: owner.namespace, name: owner.pod, uid };
  return { at: formatTime(ms), atSource: 'derived', cluster, stream, kind: 'oversize', ref, bytes };
}
