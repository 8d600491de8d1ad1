import { usageError } from '../errors.ts';
import type { CaptureManifest, CaptureRecord, Coverage, RecordDraft, ResourceEvent, SegmentClass } from '../model/capture.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { classOf, segmentClasses } from './layout.ts';
import { openManifest } from './manifest.ts';
import { readBatches } from './read.ts';
import { type CaptureWriter, openCapture } from './write.ts';

export type CutOptions = {
  /** RFC 3339, both inclusive; default: the whole capture. */
  from?: string;
  to?: string;
  /** Objects of other namespaces are left out; cluster-scoped objects stay. */
  namespaces?: string[];
  classes?: SegmentClass[];
  signal?: AbortSignal;
};

export type CutResult = { manifest: CaptureManifest; records: number /** Objects carried over from before `from`. */; carried: number };

type Carried = { record: CaptureRecord; event: ResourceEvent };

/**
 * Copies a selection into a new capture, numbered anew. Objects that exist at `from` begin it as ADDED records with `synthetic: 'snapshot'`;
 * Events from before `from` are not carried. CAPTURE_BAD_RANGE for times that are none or in the wrong order; errors of `readBatches`, `openCapture`.
 */
export async function cutCapture(dir: string, out: string, options: CutOptions = {}): Promise<CutResult> {
  const range = parseRange(options);
  const source = await openManifest(dir);
  const { tool, createdAt, clusters, streams, masking, strippedFields } = source;
  const writer = await openCapture(out, {
    id: cutId(source, options),
    tool,
    createdAt,
    clusters,
    source: { type: 'cut', notes: [`cut from ${source.id}`] },
  });
  try {
    writer.setManifest({ streams, masking, strippedFields, coverage: narrowCoverage(source.coverage, options) });
    const counts = await copyRecords(dir, writer, range, options);
    return { manifest: await writer.close(), ...counts };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

type Range = { from: number; to: number };

async function copyRecords(
  dir: string,
  writer: CaptureWriter,
  range: Range,
  options: CutOptions,
): Promise<{ records: number; carried: number }> {
  const counts = { records: 0, carried: 0 };
  const objects = new Map<string, Carried>();
  const write = async (draft: RecordDraft) => {
    const written = writer.write(draft);
    if (typeof written !== 'number') await written;
    counts.records += 1;
  };
  const carry = async () => {
    for (const { record, event } of objects.values()) {
      await write({ ...record, at: options.from ?? record.at, atSource: 'derived', kind: 'resource', event });
      counts.carried += 1;
    }
    objects.clear();
  };
  // The time of a record may lie a little behind that of the one before it; the order of the capture decides.
  let clock = Number.NEGATIVE_INFINITY;
  let started = false;
  for await (const batch of readBatches(dir, { classes: options.classes, signal: options.signal })) {
    for (const record of batch) {
      if (!isSelected(record, options.namespaces)) continue;
      clock = Math.max(clock, Date.parse(record.at));
      if (clock > range.to) continue;
      if (clock < range.from) {
        remember(objects, record);
        continue;
      }
      if (!started) await carry();
      started = true;
      await write(record);
    }
  }
  if (!started) await carry();
  return counts;
}

/** Keeps the last state of each object that is not deleted. */
function remember(objects: Map<string, Carried>, record: CaptureRecord): void {
  if (record.kind !== 'resource' || classOf(record) === 'events') return;
  const { ref, type } = record.event;
  const key = JSON.stringify([record.cluster, ref.kind, ref.namespace, ref.name]);
  if (type === 'DELETED') objects.delete(key);
  else objects.set(key, { record, event: { ...record.event, type: 'ADDED', synthetic: 'snapshot' } });
}

function isSelected(record: CaptureRecord, namespaces: string[] | undefined): boolean {
  if (namespaces === undefined) return true;
  if (record.kind === 'log') return namespaces.includes(record.line.namespace);
  if (record.kind === 'metrics') return inNamespaces(record.sample.ref, namespaces);
  if (record.kind === 'note') return record.audit === undefined || inNamespaces(record.audit.ref, namespaces);
  if (record.kind === 'oversize') return inNamespaces(record.ref, namespaces);
  if (record.kind !== 'resource') return true;
  const { ref, object } = record.event;
  // An Event about a node lies in the namespace "default", but concerns the cluster.
  const subject = ref.kind === 'Event' ? (object.involvedObject as { namespace?: unknown } | undefined) : undefined;
  if (subject !== undefined && typeof subject === 'object')
    return inNamespaces({ kind: '', namespace: String(subject?.namespace ?? ''), name: '' }, namespaces);
  return inNamespaces(ref, namespaces);
}

function inNamespaces({ kind, namespace, name }: { kind: string; namespace: string; name: string }, namespaces: string[]): boolean {
  if (kind === 'Namespace') return namespaces.includes(name);
  return namespace === '' || namespaces.includes(namespace);
}

/** Built-in kinds without a namespace: their coverage stays as it is when namespaces are cut. */
const clusterScopedKinds = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
]);

function narrowCoverage(coverage: Coverage[], { from, to, namespaces, classes = [...segmentClasses] }: CutOptions): Coverage[] {
  return coverage
    .filter(({ kind }) => classes.includes(kind === 'Event' ? 'events' : 'objects'))
    .map((item) => ({
      ...item,
      namespaces: namespaces === undefined || clusterScopedKinds.has(item.kind) ? item.namespaces : shared(item.namespaces, namespaces),
      from: later(item.from, from),
      to: earlier(item.to, to),
    }))
    .filter((item) => item.namespaces.length > 0 && !(Date.parse(item.from) > Date.parse(item.to)));
}

function shared(covered: string[], wanted: string[]): string[] {
  return covered.includes('*') ? wanted : covered.filter((namespace) => wanted.includes(namespace));
}

function later(a: string, b: string | undefined): string {
  return b !== undefined && !(Date.parse(a) >= Date.parse(b)) ? b : a;
}

function earlier(a: string, b: string | undefined): string {
  return b !== undefined && !(Date.parse(a) <= Date.parse(b)) ? b : a;
}

function parseRange({ from, to }: CutOptions): Range {
  const range = { from: timeOf('from', from, Number.NEGATIVE_INFINITY), to: timeOf('to', to, Number.POSITIVE_INFINITY) };
  if (range.from <= range.to) return range;
  throw usageError('CAPTURE_BAD_RANGE', `from ${from} lies after to ${to}`);
}

function timeOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw usageError('CAPTURE_BAD_RANGE', `${name}: found "${text}", expected an RFC 3339 time such as 2026-01-31T12:00:00Z`);
}

/** The same cut of the same capture has the same id. */
function cutId({ id }: CaptureManifest, { from, to, namespaces, classes }: CutOptions): string {
  return uuid5(`cut ${JSON.stringify([id, from ?? null, to ?? null, namespaces ?? null, classes ?? null])}`, labelerNamespace);
}
