import { z } from 'zod';
import type { Config } from '../model/config.ts';
import { parseDuration } from '../model/duration.ts';

const share = z.number().min(0).max(1);
const seconds = z.number().min(0).max(31_536_000);
const limit = z.int().min(1).max(1_000_000);
const path = z.string().min(1);

const duration = z
  .string()
  .meta({ pattern: '^(\\d+(\\.\\d+)?(ms|[smhdw]))+$', examples: ['90s', '10m', '1h30m'] })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed !== undefined && parsed > 0) return parsed;
    context.addIssue({ code: 'custom', message: 'expected a duration above zero such as 90s, 10m or 1h30m' });
    return z.NEVER;
  });

const aggregator = z.strictObject({
  windowSeconds: seconds.default(300).describe('How long a workload must be healthy before its incident is closed as recovered'),
  startupGraceSeconds: seconds.default(60).describe('How long a new pod may be unready before that counts as abnormal'),
  notReadySeconds: seconds.default(90).describe('How long a pod that was ready may be unready before that counts as abnormal'),
  maxIncidentSeconds: seconds.min(1).default(21_600).describe('A longer incident is closed and continued as the next one'),
  maxSignals: limit.default(200).describe('Signals kept per incident'),
  maxLogLines: limit.default(200).describe('Log lines kept per incident'),
  maxMetricSamples: limit.default(120).describe('Metric samples kept per incident'),
  settleSeconds: seconds.default(30).describe('How long an incident must bring nothing new before its causes are looked at'),
});

const podCrash = z
  .strictObject({ crashThreshold: limit.default(3), timeWindow: duration.prefault('10m') })
  .transform((rule) => ({ crashThreshold: rule.crashThreshold, timeWindowSeconds: rule.timeWindow }));

const resourceUtilization = z
  .strictObject({ cpuThreshold: share.default(0.8), memoryThreshold: share.default(0.8), duration: duration.prefault('15m') })
  .transform((rule) => ({ cpuThreshold: rule.cpuThreshold, memoryThreshold: rule.memoryThreshold, durationSeconds: rule.duration }));

const rules = z.strictObject({
  disabled: z.array(z.string().min(1)).default([]).describe('Ids of rules that must not run'),
  packs: z.array(path).default([]).describe('Rule packs (YAML) to use besides the built-in rules'),
  podCrash: podCrash.prefault({}).describe('PodCrashRule: this many crashes within this time'),
  resourceUtilization: resourceUtilization
    .prefault({})
    .describe('ResourceUtilizationRule: usage above these shares of the limit for this long'),
});

const weight = z.number().min(0).max(100);
const weights = z
  .strictObject({
    evidenceQuality: weight.default(0.35),
    consistency: weight.default(0.25),
    completeness: weight.default(0.2),
    relevance: weight.default(0.2),
  })
  .refine((all) => Object.values(all).some((value) => value > 0), { message: 'expected at least one weight above zero' });

const quality = z.strictObject({
  minScore: share.default(0).describe('Labels with a lower overall score are not stored'),
  weights: weights.prefault({}).describe('Weights of the dimensions in the overall score; only their proportions count'),
});

const abstain = z.strictObject({
  minConfidence: share.default(0.6).describe('With a best claim below it the answer is Inconclusive'),
  minMargin: share.default(0.15).describe('With a runner-up nearer than this the answer is Inconclusive'),
});

/** The content of `k8s-labeler.yaml`. Input: everything optional, durations as text. Output: `Config`. */
export const configSchema = z.strictObject({
  aggregator: aggregator.prefault({}).describe('When incidents open and close, and how much of them is kept'),
  rules: rules.prefault({}),
  quality: quality.prefault({}),
  abstain: abstain.prefault({}),
  store: z
    .strictObject({ path: path.default('./k8s-labeler.duckdb') })
    .prefault({})
    .describe('The label store; relative to the working directory'),
  captures: z
    .strictObject({ dir: path.default('./captures') })
    .prefault({})
    .describe('Where captures are written to and looked for'),
  templates: path.optional().describe('Wordings of training examples (YAML); the bundled ones without it'),
}) satisfies z.ZodType<Config>;

/** JSON Schema (draft 2020-12) of `k8s-labeler.yaml`, for editors; published as schemas/config.schema.json. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'k8s-labeler.yaml', description: 'Configuration of k8s-labeler. Every field is optional.' };
}
