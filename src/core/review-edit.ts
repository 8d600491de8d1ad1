import { parseDocument, stringify as stringifyYaml } from 'yaml';
import { z } from 'zod';
import { usageError } from './errors.ts';
import { stringifyJson } from './model/json.ts';
import type { TroubleshootingLabel } from './model/label.ts';
import type { ReviewEdits } from './model/review.ts';

const text = z.string().trim().min(1).max(20_000);
const step = z.strictObject({
  step: z.int().min(1),
  action: text,
  command: z.string().max(20_000),
  verify: z.string().max(20_000),
  risk: z.enum(['none', 'low', 'medium', 'high']),
  evidence_ids: z.array(z.string()),
});
const resolution = z.strictObject({ observed: z.boolean(), steps: z.array(step).max(50) });

/** The changed fields of a label that a review may carry. */
export const editsSchema = z
  .strictObject({ root_cause: text.optional(), answer: text.optional(), impact: text.optional(), resolution: resolution.optional() })
  .refine((edits) => Object.keys(edits).length > 0, 'at least one field');

const edited = z.strictObject({ root_cause: text, resolution });

type Editable = Pick<TroubleshootingLabel, 'root_cause' | 'resolution' | 'evidence'>;

/** What a reviewer edits: root cause and resolution as YAML, with what they are as comments. */
export function editText({ root_cause, resolution: plan, evidence }: Editable): string {
  const cited = evidence.map(({ id, note }) => `#   ${id}: ${note.replace(/[\p{Cc}\s]+/gu, ' ')}`);
  const head = [
    '# Change what is wrong, save, and leave the editor. Leave without a change to go back.',
    '# Evidence that steps may cite:',
    ...cited,
  ];
  return `${head.join('\n')}\n${stringifyYaml({ root_cause, resolution: plan }, { lineWidth: 0 })}`;
}

/** The fields that the text changes; undefined if it changes none. Throws EDIT_INVALID (exit code 2) naming the place. */
export function parseEdit(source: string, label: Editable): ReviewEdits | undefined {
  const document = parseDocument(source);
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(fault.message.split(':\n', 1)[0] ?? 'it is no YAML');
  const parsed = edited.safeParse(readYaml(document));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'does not fit'}`);
  }
  const { root_cause, resolution: plan } = parsed.data;
  const known = new Set(label.evidence.map(({ id }) => id));
  const foreign = plan.steps.flatMap(({ evidence_ids }) => evidence_ids).find((id) => !known.has(id));
  if (foreign !== undefined) throw invalid(`a step cites ${foreign}, expected one of ${[...known].join(', ')}`);
  const edits: ReviewEdits = {
    ...(root_cause === label.root_cause.trim() ? {} : { root_cause }),
    ...(stringifyJson(plan) === stringifyJson(edited.shape.resolution.safeParse(label.resolution).data) ? {} : { resolution: plan }),
  };
  return Object.keys(edits).length === 0 ? undefined : edits;
}

function readYaml(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'it cannot be read');
  }
}

function invalid(what: string) {
  return usageError('EDIT_INVALID', `the edited text does not fit: ${what}`, {
    suggestions: ['keep root_cause (text) and resolution (observed, steps with step, action, command, verify, risk, evidence_ids)'],
  });
}
