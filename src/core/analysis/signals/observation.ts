import type { SignalType } from '../../model/event.ts';
import type { ObjectRef } from '../../model/resource.ts';
import type { ClusterState } from '../../state/state.ts';

/**
 * One abnormal fact as a single record shows it, before repetitions are merged into a `Signal`.
 * `key` tells repetitions from new facts within (type, object, container).
 * `standing` facts hold until a later record of the same object no longer shows them; others (Events, log lines) are moments.
 * `confirm` says when the fact alone makes an incident: at once (0), after standing or repeating for so many seconds,
 * after `confirmCount` occurrences, or never ('never': it only supports others).
 */
export type Observation = {
  type: SignalType;
  ref: ObjectRef;
  container?: string;
  init?: boolean;
  key: string;
  pointer: string;
  value: unknown;
  detail: Record<string, string | number | boolean | null>;
  standing: boolean;
  confirm: number | 'never';
  confirmCount?: number;
  count?: number;
  firstAt?: string;
  /** Since when the fact stands by the object's own word, where that is older than the record: a snapshot has no past of its own. */
  standsSince?: string;
  /** The record to cite, when it is not the one that was just read. */
  cited?: { seq: number; at: string };
  /** Whether a fact that rests on other objects is still so; without it the record alone decides. */
  holds?: (state: ClusterState) => boolean;
};
