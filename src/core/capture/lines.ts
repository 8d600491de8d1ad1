import type { RecordDraft } from '../model/capture.ts';
import { stringifyJson } from '../model/json.ts';

/** The line of a record: compact JSON, `seq` first, then the fields of every record, then its body. */
export function formatLine(seq: number, draft: RecordDraft): string {
  const { seq: _, at, atSource, cluster, stream, kind, ...body } = draft as RecordDraft & { seq?: number };
  return `{"seq":${seq},${stringifyJson({ at, atSource, cluster, stream, kind, ...body }).slice(1)}`;
}
