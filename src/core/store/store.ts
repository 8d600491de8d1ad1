import type { EventCorrelation, Label, LabelFilter, LabelRelationship, LabelType, QualityCheck, StoredEvent } from '../model/label.ts';
import type { Review, StoredReview } from '../model/review.ts';

type Rows<T> = Iterable<T> | AsyncIterable<T>;

/** A label on its way into the store, with the trace of its scores. The trace is no part of the label: `select` never gives it. */
export type TracedLabel = Label & { quality_checks?: readonly QualityCheck[] };

/**
 * All that one capture says. Ids derive from the capture id, so no other capture may hold them; relationships and correlations
 * join rows of this capture or rows that are stored already.
 */
export type CaptureRows = {
  labels: Rows<TracedLabel>;
  /** Only labels of this type are replaced; the capture's others stay. */
  only?: LabelType;
  /** What the capture was when its labels were made; kept when it is left out. */
  source?: CaptureSource;
  relationships?: Rows<LabelRelationship>;
  events?: Rows<StoredEvent>;
  correlations?: Rows<EventCorrelation>;
};

/**
 * Some rows of one capture that are new or have changed, and the ids of labels and events that are no more. A label brings all of its
 * relationships to earlier ones, an event all of its correlations.
 */
export type CaptureChange = Omit<CaptureRows, 'only' | 'source'> & { remove?: Rows<string> };

/**
 * A capture as labels were made from it: the sha256 (hex) of its manifest, which holds those of its segments, what was masked in it, and
 * how it came to be (`record`, `import dump`; stores of earlier versions do not say).
 */
export type CaptureSource = { manifest_sha256: string; masked: Record<string, number>; origin?: string };

/** What replacing did to the labels: `updated` are those whose content, or the trace that came with it, changed. */
export type ReplaceResult = { inserted: number; updated: number; unchanged: number; removed: number };

export type ReviewFilter = { labelId?: string | undefined; captureId?: string | undefined; reviewer?: string | undefined };

/**
 * What adding events did: `known` were stored already, `conflicting` are the places (from 0) of those
 * whose id is that of a stored one that says something else; the stored one stays.
 */
export type ReviewAddition = { added: number; known: number; conflicting: number[] };

export const storeTables = ['labels', 'evidence', 'label_relationships', 'events', 'event_correlations'] as const;

/** What a store holds. Counts are keyed by the value; quality is over `quality.overall_score` and null without labels. */
export type StoreInfo = {
  url: string;
  schemaVersion: number;
  bytes: number;
  rows: Record<(typeof storeTables)[number], number>;
  types: Record<string, number>;
  clusters: Record<string, number>;
  categories: Record<string, number>;
  reasons: Record<string, number>;
  severities: Record<string, number>;
  quality: { min: number; median: number; mean: number; max: number } | null;
  reviews: number;
  captures: { captureId: string; cluster: string; labels: number; oldest: string; newest: string }[];
  toolVersions: Record<string, number>;
};

/**
 * The label store. Errors are LabelerError with exit code 5; every method rejects after `close`.
 * One shared suite (test/core/store/store-contract.ts) holds every implementation to this contract.
 */
export type LabelStore = {
  /** Creates the tables or migrates older ones; STORE_NEWER if a later version of the tool wrote them. */
  init(): Promise<void>;
  /**
   * Replaces the labels and events of a capture in one transaction: all or nothing becomes visible, and doing it twice leaves the
   * same rows. Labels are taken in batches. `createdAt` (RFC 3339) is kept by rows that exist already.
   * A label that comes without a trace keeps the stored one as long as its content stays the same.
   * STORE_INVALID_ROW names a row that does not fit.
   */
  replaceCapture(captureId: string, rows: CaptureRows, createdAt: string): Promise<ReplaceResult>;
  /**
   * Like `replaceCapture` for the rows that are given; the capture's others stay. Ids to remove that are not stored are no error. Takes
   * milliseconds for a handful of rows, however many are stored.
   */
  mergeCapture(captureId: string, change: CaptureChange, createdAt: string): Promise<ReplaceResult>;
  /** Labels as they were stored, ordered by id; a snapshot of the moment of the first pull. */
  select(filter?: LabelFilter): AsyncIterable<Label>;
  count(filter?: LabelFilter): Promise<number>;
  /** Oldest and newest `timestamp` (RFC 3339, UTC, millisecond precision), or undefined in an empty store. */
  timeRange(): Promise<{ oldest: string; newest: string } | undefined>;
  /** Relationships from or to a label, ordered by id. */
  relationships(labelId: string): Promise<LabelRelationship[]>;
  /** The trace of a label's scores as it was stored; empty for a label without one, or that is not stored. */
  qualityChecks(labelId: string): Promise<QualityCheck[]>;
  /** Relationships from labels of a capture, ordered by id. */
  captureRelationships(captureId: string): AsyncIterable<LabelRelationship>;
  /** The captures of which a source is stored, ordered by id. */
  captureSources(): AsyncIterable<CaptureSource & { captureId: string }>;
  /**
   * Adds reviews in one transaction. They stay whatever becomes of their labels, and nothing changes them. STORE_INVALID_ROW names a
   * row that does not fit; nothing is added then.
   */
  addReviews(reviews: Iterable<Review>): Promise<ReviewAddition>;
  /** Reviews with how they stand to the labels of now, ordered by label, then by time. */
  reviews(filter?: ReviewFilter): AsyncIterable<StoredReview>;
  /**
   * The `content_hash` of a review that judges a label as it is now: the sha256 of its question, answer, diagnosis, culprit, plan and rule.
   * Undefined for a label that is not stored.
   */
  judged(labelId: string): Promise<string | undefined>;
  /** Events of a capture, ordered by time, then id. */
  events(captureId: string): AsyncIterable<StoredEvent>;
  /** The events of all captures, in no order: one query, whatever their number. */
  allEvents(): AsyncIterable<StoredEvent & { capture_id: string }>;
  /** Correlations whose source event belongs to a capture, ordered by id. */
  correlations(captureId: string): AsyncIterable<EventCorrelation>;
  info(): Promise<StoreInfo>;
  close(): Promise<void>;
};
