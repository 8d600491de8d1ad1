import type { SignatureMatch } from '../logs/signatures.ts';

/** A condition of a kind that is bad when it has one of these states (and, if given, reasons) for `confirm` seconds. */
export type BadCondition = { kind: string; type: string; status: string[]; reasons?: string[]; confirm: number };

/** What rule packs let the analysis see besides what it knows itself. `line` says what a log line means, undefined for nothing. */
export type Extra = { conditions: readonly BadCondition[]; line: (message: string) => SignatureMatch | undefined };
