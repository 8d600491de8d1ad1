import { captureError, type LabelerError, systemCode } from '../errors.ts';

/** Where damage was found, in a form for people: `c01/000001.logs.ndjson.gz, member at byte 4096, line 7`. */
export type Place = { file: string; member?: number; line?: number };

/** Something wrong with a capture. `line` counts from 1 inside the member that starts at byte `member`. */
export type CaptureProblem = Place & { code: string; message: string };

/** A file of a capture that cannot be read as the format says: CAPTURE_CORRUPT. */
export function corruptError(dir: string, place: Place, found: string, expected: string, cause?: unknown): LabelerError {
  return captureError('CAPTURE_CORRUPT', `${formatPlace(place)} of ${dir}: found ${found}, expected ${expected}`, {
    cause,
    suggestions: [`k8s-labeler capture verify ${dir}`, `k8s-labeler capture repair ${dir} --out DIR keeps every readable record`],
  });
}

/** A capture with no records at all, where a command needs some: CAPTURE_EMPTY. */
export function emptyCaptureError(dir: string): LabelerError {
  return captureError('CAPTURE_EMPTY', `${dir} holds no records`, {
    suggestions: [`k8s-labeler capture info ${dir} shows what was covered`, 'check the input of the recording or import'],
  });
}

/** A capture that cannot be written: disk full, file-size limit, no permission. CAPTURE_WRITE_FAILED. */
export function writeError(path: string, cause: unknown): LabelerError {
  const reasons: Record<string, string> = {
    ENOSPC: 'no space left on the device',
    EDQUOT: 'disk quota exceeded',
    EFBIG: 'the file-size limit was reached',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is not a directory',
  };
  const code = systemCode(cause);
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return captureError('CAPTURE_WRITE_FAILED', `cannot write ${path}: ${reason}`, {
    cause,
    suggestions: ['free some space or choose another place with --out, then run the command again'],
  });
}

/** `file, member at byte N, line N`, as far as known. */
export function formatPlace({ file, member, line }: Place): string {
  const parts = [file];
  if (member !== undefined) parts.push(`member at byte ${member}`);
  if (line !== undefined) parts.push(`line ${line}`);
  return parts.join(', ');
}
