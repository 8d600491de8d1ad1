import { stringify } from 'csv-stringify/sync';
import { stringifyJson, wellFormed } from '../model/json.ts';
import type { Label, LabelEvidence, LabelResolution } from '../model/label.ts';

type Cell = string | number;
type Column = { name: string; cell: (label: Label) => Cell };

const texts = (...names: (keyof Label)[]): Column[] => names.map((name) => ({ name, cell: (label) => label[name] as Cell }));
/** A field that only one type of label has, as JSON text; '' on the other type. */
const json = (field: string): Column => ({ name: `${field}_json`, cell: (label) => jsonCell((label as Record<string, unknown>)[field]) });

const columns: Column[] = [
  ...texts('id', 'type', 'timestamp', 'category', 'reason', 'severity', 'confidence', 'question', 'answer'),
  ...(['scenario', 'problem', 'root_cause'] as const).map(
    (name): Column => ({ name, cell: (label) => (label.type === 'troubleshooting' ? label[name] : '') }),
  ),
  { name: 'impact', cell: (label) => (typeof label.impact === 'string' ? label.impact : label.impact.summary) },
  { name: 'resolution_text', cell: (label) => (label.type === 'troubleshooting' ? resolutionText(label.resolution) : '') },
  { name: 'evidence_text', cell: (label) => label.evidence.map(evidenceText).join('\n') },
  ...(['kind', 'namespace', 'name', 'uid'] as const).map(
    (name): Column => ({ name: `resource.${name}`, cell: (label) => label.resource[name] }),
  ),
  { name: 'resource.spec_json', cell: (label) => ('spec' in label.resource ? jsonCell(label.resource.spec) : '') },
  ...(['completeness', 'consistency', 'relevance', 'evidence_quality', 'overall_score'] as const).map(
    (name): Column => ({ name: `quality.${name}`, cell: (label) => label.quality[name] }),
  ),
  ...texts('cluster_id', 'incident_id', 'capture_id', 'tool_version', 'rules_version', 'quality_version'),
  ...['modifiers', 'rule_ids', 'segments', 'resolution', 'evidence', 'hypotheses', 'context'].map(json),
  { name: 'impact_json', cell: (label) => (typeof label.impact === 'string' ? '' : jsonCell(label.impact)) },
  ...['current_state', 'analysis', 'suggestion'].map(json),
];

/**
 * RFC 4180 with LF, one row per label, nested fields as JSON text in `*_json`. Cells that a spreadsheet would run
 * (starting with = + - @ tab or return, also NUL) get a leading apostrophe.
 */
export async function* toCsv(labels: AsyncIterable<Label>): AsyncGenerator<string> {
  yield line(columns.map(({ name }) => name));
  for await (const source of labels) {
    const label = wellFormed(source);
    yield line(columns.map(({ cell }) => guarded(cell(label))));
  }
}

function line(cells: Cell[]): string {
  return stringify([cells], { escape_formulas: true });
}

function guarded(cell: Cell): Cell {
  return typeof cell === 'string' && cell.startsWith('\0') ? `'${cell}` : cell;
}

function jsonCell(value: unknown): string {
  return value === undefined ? '' : stringifyJson(value);
}

function resolutionText({ steps }: LabelResolution): string {
  return steps.map(({ step, action, command }) => `${step}. ${action}${command === '' ? '' : ` [${command}]`}`).join('\n');
}

function evidenceText({ id, note, ref }: LabelEvidence): string {
  return `${id}: ${note} (${ref})`;
}
