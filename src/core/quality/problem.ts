/** Why a label must not enter a dataset: a stable code, where in the label (RFC 6901), and a sentence. */
export type LabelProblem = { code: LabelProblemCode; pointer: string; message: string };

export type LabelProblemCode =
  | 'TEXT_EMPTY'
  | 'TEXT_UNRENDERED'
  | 'REASON_UNKNOWN'
  | 'CATEGORY_MISMATCH'
  | 'CONFIDENCE_RANGE'
  | 'QUESTION_REVEALS'
  | 'CITATION_UNKNOWN'
  | 'EVIDENCE_MISSING'
  | 'EVIDENCE_DUPLICATE'
  | 'EVIDENCE_RECORD_MISSING'
  | 'EVIDENCE_POINTER_UNRESOLVED'
  | 'EVIDENCE_VALUE_DIFFERS'
  | 'EVIDENCE_LATER'
  | 'SECRET_FOUND';
