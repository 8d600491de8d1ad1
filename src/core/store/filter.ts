import type { LabelFilter } from '../model/label.ts';
import { reviewStatesSql } from './reviews.ts';

/** A condition on the columns of `labels`, and the values of its `$1`, `$2`, … */
export type Condition = { sql: string; values: (string | number)[] };

const equals = (column: string) => (slot: string) => `${column} = ${slot}`;

const clauses: { [Name in keyof LabelFilter]-?: (slot: string) => string } = {
  id: (slot) => `id = ${slot}::UUID`,
  type: equals('type'),
  cluster: equals('cluster_id'),
  captureId: equals('capture_id'),
  incidentId: equals('incident_id'),
  category: equals('category'),
  reason: equals('reason'),
  severity: equals('severity'),
  since: (slot) => `"timestamp" >= ${slot}::TIMESTAMPTZ`,
  until: (slot) => `"timestamp" < ${slot}::TIMESTAMPTZ`,
  minQuality: (slot) => `quality_score >= ${slot}`,
  reviewed: (slot) => `list_contains(${reviewStatesSql}, ${slot})`,
};

/** A filter as SQL; values never become part of the text. */
export function conditionOf(filter: LabelFilter): Condition {
  const names = (Object.keys(clauses) as (keyof LabelFilter)[]).filter((name) => filter[name] !== undefined);
  const terms = names.map((name, index) => clauses[name](`$${index + 1}`));
  return { sql: terms.length === 0 ? 'true' : terms.join(' AND '), values: names.map((name) => filter[name] as string | number) };
}
