import { createHash } from 'node:crypto';
import type { AuditEntry, RecordDraft } from '../model/capture.ts';
import { configLine, flagThenValue, mask, pemBodyLine, textDetectors } from './detectors.ts';
import { maskObject } from './object.ts';
import { count, type MaskCounts, maskText } from './text.ts';

export type { MaskCounts } from './text.ts';

/** Detectors that look at structure, not text. Their ids count in the manifest beside those of the text detectors. */
const structuralIds = ['secret-data', 'configmap-value', 'env-value', 'secret-argument', 'secret-field', 'last-applied', 'key-material'];

/** Raised when structural detectors change, so that the ruleset's hash does. */
const structuralVersion = 1;

/** Sha-256 of what masking looks for: captures with the same ruleset were masked alike. */
export const maskingRuleset = createHash('sha256')
  .update(JSON.stringify([structuralVersion, structuralIds]))
  .update(JSON.stringify([...textDetectors, configLine, flagThenValue].map(({ id, pattern }) => [id, pattern.source, pattern.flags])))
  .digest('hex');

/**
 * The record with every secret masked as `***`, before any byte of it is kept. Pure but for `counts`, idempotent; numbers, keys and the
 * shape of objects stay (last-applied annotations are removed). Returns the same record if nothing had to change.
 */
export function maskRecord(draft: RecordDraft, counts: MaskCounts): RecordDraft {
  switch (draft.kind) {
    case 'resource': {
      const object = maskObject(draft.event.object, counts);
      return object === draft.event.object ? draft : { ...draft, event: { ...draft.event, object } };
    }
    case 'log': {
      const message = maskMessage(draft.line.message, counts);
      return message === draft.line.message ? draft : { ...draft, line: { ...draft.line, message } };
    }
    case 'note':
      return {
        ...draft,
        message: maskText(draft.message, counts),
        ...(draft.audit === undefined ? {} : { audit: maskAudit(draft.audit, counts) }),
      };
    default:
      return draft;
  }
}

/** Names of users are kept, as everywhere; a credential that somebody put into a name or a user agent is not. */
function maskAudit(audit: AuditEntry, counts: MaskCounts): AuditEntry {
  const { user, userAgent, impersonatedUser } = audit;
  return {
    ...audit,
    user: maskText(user, counts),
    ...(impersonatedUser === undefined ? {} : { impersonatedUser: maskText(impersonatedUser, counts) }),
    ...(userAgent === undefined ? {} : { userAgent: maskText(userAgent, counts) }),
  };
}

function maskMessage(message: string, counts: MaskCounts): string {
  if ((message.length === 64 || message.length === 76) && pemBodyLine.test(message)) {
    count(counts, 'key-material');
    return mask;
  }
  return maskText(message, counts);
}
