import { z } from 'zod';
import { nearest } from '../model/nearest.ts';
import { taxonomy } from '../model/taxonomy.ts';

const line = z.string().min(1).max(2000);
const lines = z.array(line).max(20).default([]);
const ruleId = z.string().regex(/^[A-Z][A-Z0-9-]{1,30}$/, 'expected capitals, digits and dashes, such as ACME-1');
const kind = z.string().regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'expected a kind, such as Pod');
const reasons = Object.values(taxonomy).flat() as string[];
const reason = z.enum(reasons as [string, ...string[]], {
  error: ({ input }) => {
    const meant = typeof input === 'string' ? nearest(input, reasons) : undefined;
    const hint = meant === undefined ? 'schemas/taxonomy.yaml lists all' : `did you mean ${meant}?`;
    return `expected a reason of the taxonomy, found ${JSON.stringify(input)}; ${hint}`;
  },
});
const pointer = z.string().regex(/^(?:\/[^\s]*)+$/, 'expected a JSON Pointer, such as /status/phase');

const step = z.strictObject({
  action: line,
  verify: line,
  command: line.optional(),
  risk: z.enum(['none', 'low', 'medium', 'high']).default('low'),
});

const signalTypes = [
  'container.waiting',
  'container.terminated',
  'pod.unschedulable',
  'pod.notReady',
  'pod.failed',
  'pod.disrupted',
  'event',
  'condition',
  'phase',
  'state',
  'log',
] as const;

/** A line of a log that means something: `pattern` is RE2, its named groups become fields. */
export const signatureSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,60}$/, 'expected lower-case letters, digits and dashes'),
  pattern: line,
  level: z.enum(['error', 'warn']).default('error'),
});

/** A condition of a kind that is a fault when it lasts. */
export const conditionSchema = z.strictObject({
  kind,
  type: line,
  status: z.array(z.enum(['True', 'False', 'Unknown'])).min(1),
  reasons: z.array(line).optional(),
  seconds: z.number().min(0).max(86_400).default(60),
});

/** A diagnosis rule: which signal it looks at, what must hold (CEL), what it says and cites. */
export const ruleSchema = z.strictObject({
  id: ruleId,
  title: line,
  reason,
  confidence: z.number().min(0.5).max(0.95),
  maturity: z.enum(['stable', 'experimental']).default('stable'),
  signal: z.strictObject({ type: z.enum(signalTypes), kind: kind.optional(), signature: line.optional(), reason: line.optional() }),
  when: line.optional(),
  subject: z.enum(['owner', 'object']).default('owner'),
  facts: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,40}$/), line).default({}),
  evidence: z
    .array(z.strictObject({ of: z.enum(['object', 'owner']).default('object'), pointer, note: line }))
    .max(10)
    .default([]),
  observed: line,
  because: line,
  steps: z.array(step).min(1).max(10),
  references: lines,
  falsePositives: lines,
  knownGaps: lines,
});

/** More, or other, steps for a rule that there is. */
export const wordingSchema = z.strictObject({
  rule: ruleId,
  steps: z.array(step).optional(),
  addSteps: z.array(step).optional(),
});

const offset = z.string().regex(/^\d+(?:\.\d+)?(?:ms|s|m|h)$/, 'expected a time since the beginning, such as 30s');

/** A few records, and which rules of the pack must claim what about them (none: they stay quiet). */
export const testSchema = z.strictObject({
  name: line,
  capture: line.optional(),
  objects: z.array(z.strictObject({ at: offset.default('0s'), object: z.record(z.string(), z.unknown()) })).default([]),
  logs: z.array(z.strictObject({ at: offset.default('0s'), namespace: line, pod: line, container: line, message: line })).default([]),
  until: offset.default('10m'),
  expect: z.array(z.strictObject({ rule: ruleId, reason: reason.optional(), subject: line.optional() })).default([]),
});

const shares = { cpuThreshold: z.number().gt(0).max(1), memoryThreshold: z.number().gt(0).max(1), durationSeconds: z.number().gt(0) };

/** A rule pack without its lists, each entry of which is checked by itself. */
export const packSchema = z.strictObject({
  pack: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'expected a name of lower-case letters, digits and dashes'),
  description: line.optional(),
  signatures: z.array(z.unknown()).max(200).default([]),
  conditions: z.array(z.unknown()).max(200).default([]),
  rules: z.array(z.unknown()).max(200).default([]),
  wording: z.array(z.unknown()).max(200).default([]),
  tests: z.array(z.unknown()).max(500).default([]),
  disable: z.array(ruleId).default([]),
  thresholds: z
    .strictObject({
      podCrash: z
        .strictObject({ crashThreshold: z.number().int().min(1), timeWindowSeconds: z.number().gt(0) })
        .partial()
        .default({}),
      resourceUtilization: z.strictObject(shares).partial().default({}),
    })
    .prefault({}),
});

/** The lists of a pack, by name. */
export const entrySchemas = {
  signatures: signatureSchema,
  conditions: conditionSchema,
  rules: ruleSchema,
  wording: wordingSchema,
  tests: testSchema,
} as const;

export type PackSignature = z.infer<typeof signatureSchema>;
export type PackCondition = z.infer<typeof conditionSchema>;
export type PackRule = z.infer<typeof ruleSchema>;
export type PackWording = z.infer<typeof wordingSchema>;
export type PackTest = z.infer<typeof testSchema>;
export type PackThresholds = z.infer<typeof packSchema>['thresholds'];

/** JSON Schema (draft 2020-12) of a rule pack; published as schemas/rule-pack.schema.json. */
export function packJsonSchema(): object {
  const lists = Object.fromEntries(Object.entries(entrySchemas).map(([name, schema]) => [name, z.array(schema).default([])]));
  const schema = z.toJSONSchema(packSchema.extend(lists), { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'k8s-labeler rule pack' };
}
