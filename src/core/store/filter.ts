import type { LabelFilter } from '../model/label.ts';

/** A condition on the columns of `labels`, and the values of its `$1`, `$2`, … */
export type Condition = { sql: string; values: (string | number)[] };

const clauses: { [Name in keyof LabelFilter]-?: string } = {
  type: 'type =',
  cluster: 'cluster_id =',
  captureId: 'capture_id =',
  incidentId: 'incident_id =',
  category: 'category =',
  reason: 'reason =',
  severity: 'severity =',
  since: '"timestamp" >=',
  until: '"timestamp" <',
  minQuality: 'quality_score >=',
};

/** A filter as SQL; values never become part of the text. */
export function conditionOf(filter: LabelFilter): Condition {
  const names = (Object.keys(clauses) as (keyof LabelFilter)[]).filter((name) => filter[name] !== undefined);
  const terms = names.map((name, index) => `${clauses[name]} $${index + 1}${name === 'since' || name === 'until' ? '::TIMESTAMPTZ' : ''}`);
  return { sql: terms.length === 0 ? 'true' : terms.join(' AND '), values: names.map((name) => filter[name] as string | number) };
}
