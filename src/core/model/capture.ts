import type { KubernetesObject, ObjectRef } from './resource.ts';

/** What happened to one object. `synthetic` marks what the recorder concluded (a delete found by a relist, a dump's snapshot). */
export type ResourceEvent = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  ref: ObjectRef;
  resourceVersion: string;
  object: KubernetesObject;
  synthetic?: 'relist' | 'snapshot';
};

/** Usage of one container, from metrics.k8s.io `containers[].usage`. */
export type ContainerUsage = { name: string; cpuMillicores: number; memoryBytes: number };

/** Cumulative counters of the default interface, from the kubelet's stats/summary; they start again from 0 with the pod or the node. */
export type NetworkCounters = { rxBytes: number; txBytes: number };

/** One metrics.k8s.io sample of a Pod or a Node (a Node has no containers but its own totals). */
export type ResourceMetrics = {
  ref: ObjectRef;
  timestamp: string;
  windowSeconds: number;
  cpuMillicores: number;
  memoryBytes: number;
  containers?: ContainerUsage[];
  /** Absent when it was not recorded. */
  network?: NetworkCounters;
};

/** One line of a container log. `message` is the line without its CRI timestamp; `timestamp` is '' if the line had none. */
export type PodLog = {
  namespace: string;
  pod: string;
  uid?: string;
  container: string;
  message: string;
  timestamp: string;
  previous?: boolean;
};

/**
 * Who sent a request that changed an object, as an audit log of the API server tells it: `user` is who logged in, `impersonatedUser` as whom they
 * acted. `resourceVersion` is that of the object which the request left behind; absent where the log does not hold that object.
 */
export type AuditEntry = {
  user: string;
  impersonatedUser?: string;
  verb: string;
  userAgent?: string;
  ref: ObjectRef;
  subresource?: string;
  resourceVersion?: string;
  auditID: string;
};

export type RecordBase = {
  /** Total order inside a capture, from 1. */
  seq: number;
  /** RFC 3339, when the recorder had the complete line (`received`), or concluded from the data (`derived`). */
  at: string;
  atSource: 'received' | 'derived';
  /** Alias of the cluster, `c01`. */
  cluster: string;
  /** Id of the stream in the manifest. */
  stream: string;
};

/** What a record can say. Unknown kinds from newer writers are passed through by tools and ignored by analysis. */
export type RecordBody =
  | { kind: 'resource'; event: ResourceEvent }
  | { kind: 'metrics'; sample: ResourceMetrics }
  | { kind: 'log'; line: PodLog }
  | {
      kind: 'sync';
      phase: 'open' | 'list-begin' | 'list-end' | 'bookmark' | 'error' | 'close';
      resourceVersion?: string;
      count?: number;
      code?: number;
      reason?: string;
    }
  | {
      kind: 'gap';
      from: string;
      to: string;
      reason: string;
      fromResourceVersion?: string;
      toResourceVersion?: string;
      syntheticDeletes?: number;
    }
  | { kind: 'oversize'; ref: ObjectRef; bytes: number }
  | { kind: 'drop'; count: number; reason: string }
  | { kind: 'stats'; counters: Record<string, number> }
  | { kind: 'note'; message: string; audit?: AuditEntry }
  | { kind: 'tick' }
  | { kind: 'end'; reason: string };

export type CaptureRecord = RecordBase & RecordBody;

/** A record before the writer has numbered it. */
export type RecordDraft = Omit<RecordBase, 'seq'> & RecordBody;

export type SegmentClass = 'objects' | 'events' | 'metrics' | 'logs';

/** One file of records. `sha256` is over the file's bytes, `prevSha256` links the segments of the capture in sealing order. */
export type Segment = {
  file: string;
  class: SegmentClass;
  firstSeq: number;
  lastSeq: number;
  firstAt: string;
  lastAt: string;
  records: number;
  bytes: number;
  sha256: string;
  prevSha256: string;
};

/**
 * What a size limit took from the front of one lane (a cluster and a class): `file` is the newest segment that went, `segments` how many did.
 * Records that stay as a keyframe are not counted.
 */
export type Pruned = Pick<Segment, 'file' | 'class' | 'firstAt' | 'lastAt' | 'records'> & { segments: number; gaps: number; drops: number };

/** Which objects were looked at: a rule may say "does not exist" only inside it. `namespaces` ['*'] means all. */
export type Coverage = { cluster: string; resource: string; kind: string; namespaces: string[]; from: string; to: string };

export type StreamInfo = { id: string; cluster: string; resource: string; source: string };

/** A stream that the API server refused for lack of rights, in its words. */
export type DeniedStream = { cluster: string; stream: string; resource: string; message: string };

export type ClusterInfo = { alias: string; name: string; uid?: string; version?: string; serverHash?: string };

export type CaptureManifest = {
  format: 'k8s-labeler-capture';
  version: 1;
  id: string;
  tool: string;
  createdAt: string;
  status: 'open' | 'closed' | 'recovered';
  source: { type: 'record' | 'import' | 'cut' | 'repair' | 'bench'; format?: string; notes?: string[] };
  clusters: ClusterInfo[];
  streams: StreamInfo[];
  coverage: Coverage[];
  masking: { ruleset: string; counts: Record<string, number> };
  strippedFields: string[];
  denied?: DeniedStream[];
  pruned?: Pruned[];
  /** The recording ended because it could not be written any more; what is there is readable. */
  truncated?: { at: string; reason: string };
  segments: Segment[];
  gaps: number;
  drops: number;
};
