/** How a column of the flat CSV stands for a field: `text` and `number` as they are, `json` as JSON text, `shown` for people only. */
export type CsvColumn = { name: string; kind: 'text' | 'number' | 'json' | 'shown'; path: readonly string[] };

const csv =
  (kind: CsvColumn['kind'], suffix = '') =>
  (...names: string[]): CsvColumn[] =>
    names.map((name) => ({ name: `${name}${suffix}`, kind, path: name.split('.') }));
const text = csv('text');
const number = csv('number');
const json = csv('json', '_json');

/**
 * The columns of the flat CSV, in their order. Every field of both types of label can be read back; `impact` and `impact_json` are one field,
 * text for one type and an object (whose summary `impact` shows) for the other.
 */
export const csvColumns: readonly CsvColumn[] = [
  ...text('id', 'type', 'timestamp', 'category', 'reason', 'severity'),
  ...number('confidence'),
  ...text('question', 'answer', 'scenario', 'problem', 'root_cause', 'impact'),
  ...csv('shown')('resolution_text', 'evidence_text'),
  ...text('resource.kind', 'resource.namespace', 'resource.name', 'resource.uid'),
  ...json('resource.spec'),
  ...number('quality.completeness', 'quality.consistency', 'quality.relevance', 'quality.evidence_quality', 'quality.overall_score'),
  ...text('cluster_id', 'incident_id', 'capture_id', 'tool_version', 'rules_version', 'quality_version'),
  ...json('modifiers', 'rule_ids', 'segments', 'resolution', 'evidence', 'hypotheses', 'context'),
  ...json('impact', 'current_state', 'analysis', 'suggestion'),
];

/** A column of the flat Parquet file and its DuckDB type. */
export type ParquetColumn = { name: string; type: string };

const varchar = (...names: string[]): ParquetColumn[] => names.map((name) => ({ name, type: 'VARCHAR' }));
const jsonText = (...names: string[]): ParquetColumn[] => names.map((name) => ({ name, type: 'JSON' }));

/**
 * Columns of the flat Parquet file and their DuckDB types: only those that dataset loaders read without loss (no MAP, UUID or HUGEINT).
 * A field that the label's type lacks is null.
 */
export const parquetColumns: readonly ParquetColumn[] = [
  ...varchar('id', 'type', 'timestamp', 'question', 'answer'),
  { name: 'segments', type: 'STRUCT("text" VARCHAR, kind VARCHAR, evidence_ids VARCHAR[])[]' },
  ...varchar('category', 'reason'),
  { name: 'modifiers', type: 'VARCHAR[]' },
  ...varchar('severity'),
  { name: 'confidence', type: 'DOUBLE' },
  { name: 'resource', type: 'STRUCT(kind VARCHAR, "namespace" VARCHAR, "name" VARCHAR, uid VARCHAR, spec JSON)' },
  ...varchar('scenario', 'problem', 'root_cause'),
  ...jsonText('impact'),
  {
    name: 'resolution',
    type: `STRUCT(observed BOOLEAN, steps STRUCT(step BIGINT, "action" VARCHAR, command VARCHAR, verify VARCHAR, risk VARCHAR,
      evidence_ids VARCHAR[])[])`,
  },
  ...jsonText('current_state', 'analysis', 'suggestion'),
  {
    name: 'evidence',
    type: `STRUCT(id VARCHAR, "type" VARCHAR, seq BIGINT, pointer VARCHAR, "value" VARCHAR, ref VARCHAR, note VARCHAR, "role" VARCHAR,
      observed_at VARCHAR, ablation VARCHAR)[]`,
  },
  ...jsonText('hypotheses', 'context'),
  {
    name: 'quality',
    type: 'STRUCT(completeness DOUBLE, consistency DOUBLE, relevance DOUBLE, evidence_quality DOUBLE, overall_score DOUBLE)',
  },
  ...varchar('cluster_id', 'incident_id', 'capture_id'),
  { name: 'rule_ids', type: 'VARCHAR[]' },
  ...varchar('tool_version', 'rules_version', 'quality_version'),
];

/** Columns that a dataset has besides those of its labels: what an export decided about a row. Readers of labels pass over them. */
export const datasetColumns: readonly string[] = [
  'split',
  'group_id',
  'dup_cluster_id',
  'content_hash',
  'review_status',
  'edits',
  'reviewer',
  'reviewed_at',
  'created_at',
];

const formula = /^'*[=+\-@\t\r\0\uff1d\uff0b\uff0d\uff20]/;

/** A CSV cell that no spreadsheet runs: one apostrophe more before a formula character, whatever number of them is there already. */
export function guardedCell(cell: string): string {
  return formula.test(cell) ? `'${cell}` : cell;
}

/** The text that `guardedCell` was given. */
export function unguardedCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}
