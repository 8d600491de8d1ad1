/** Why a label must not enter a dataset: a stable code, where in the label (RFC 6901), and a sentence. */
export type LabelProblem = { code: LabelProblemCode; pointer: string; message: string };

/** Which gate a problem belongs to, in the order in which traces show them. */
export const gates = {
  content: ['TEXT_EMPTY', 'TEXT_UNRENDERED'],
  vocabulary: ['REASON_UNKNOWN', 'CATEGORY_MISMATCH', 'CONFIDENCE_RANGE'],
  question: ['QUESTION_REVEALS'],
  subject: ['SUBJECT_ABSENT'],
  evidence: [
    'EVIDENCE_MISSING',
    'EVIDENCE_DUPLICATE',
    'EVIDENCE_RECORD_MISSING',
    'EVIDENCE_POINTER_UNRESOLVED',
    'EVIDENCE_VALUE_DIFFERS',
    'EVIDENCE_LATER',
  ],
  grounding: ['CITATION_UNKNOWN', 'GROUNDING_MISSING'],
  secrets: ['SECRET_FOUND'],
} as const satisfies Record<string, readonly string[]>;

export type LabelProblemCode = (typeof gates)[keyof typeof gates][number];
