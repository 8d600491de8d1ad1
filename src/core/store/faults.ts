import { LabelerError, storeError } from '../errors.ts';

const patterns: { pattern: RegExp; fault: (path: string, message: string, match: RegExpExecArray) => LabelerError }[] = [
  {
    pattern: /Could not set lock on file.*?(?:\(PID (\d+)\)|$)/s,
    fault: (path, _message, match) => lockedError(path, match[1] === undefined ? 'another process' : `process ${match[1]}`),
  },
  {
    pattern: /database file with version number/,
    fault: (path) => newerError(path, 'its file format is newer than this DuckDB'),
  },
  {
    pattern: /not a valid DuckDB database file/,
    fault: (path) => foreignError(path, 'it is not a DuckDB database'),
  },
  {
    pattern: /No space left|File too large|Disk quota exceeded|max_temp_directory_size/i,
    fault: (path, message) =>
      storeError('STORE_FULL', `no room to write the label store ${path}: ${message}`, {
        suggestions: ['free disk space (or raise the file size limit) and run the same command again: what was committed before is intact'],
      }),
  },
  {
    pattern: /Permission denied|Read-only file system|Cannot open file|read-only mode/,
    fault: (path, message) => unwritableError(path, message),
  },
  {
    pattern: /Corrupt|checksum|Could not read enough bytes|Failure while replaying WAL/,
    fault: (path, message) =>
      storeError('STORE_DAMAGED', `the label store ${path} is damaged: ${message}`, {
        suggestions: ['the captures hold everything: move the file away and run `k8s-labeler generate` again'],
      }),
  },
];

/** A DuckDB error about the store at `path` as LabelerError (exit code 5); every other error is returned as it is. */
export function storeFault(error: unknown, path: string): unknown {
  if (error instanceof LabelerError || !(error instanceof Error) || !/^[\w ]*Error: /i.test(error.message)) return error;
  const message = error.message.split('\n', 1)[0] ?? '';
  for (const { pattern, fault } of patterns) {
    const match = pattern.exec(error.message);
    if (match !== null) return Object.assign(fault(path, message, match), { cause: error });
  }
  return storeError('STORE_FAILED', `the label store ${path} reports: ${message}`, { cause: error });
}

/** STORE_LOCKED: DuckDB lets one process write, or several read. */
export function lockedError(path: string, holder: string): LabelerError {
  return storeError('STORE_LOCKED', `${holder} has the label store ${path} open`, {
    suggestions: [
      'wait until it has finished, or stop it, then run the command again',
      'or read from a copy: DuckDB admits one writer, or several readers',
    ],
  });
}

/** Whether an error says that another process has the store open. */
export function isLocked(error: unknown): boolean {
  return error instanceof LabelerError && error.code === 'STORE_LOCKED';
}

/** STORE_FOREIGN: the file is something else; nothing in it was changed. */
export function foreignError(path: string, why: string): LabelerError {
  return storeError('STORE_FOREIGN', `${path} is not a label store: ${why}`, {
    suggestions: ['name another file with --store; this one was left as it is'],
  });
}

/** STORE_NEWER: a later version wrote it; nothing in it was changed. */
export function newerError(path: string, why: string): LabelerError {
  return storeError('STORE_NEWER', `the label store ${path} was written by a newer version: ${why}`, {
    suggestions: ['update k8s-labeler, or name another file with --store'],
  });
}

/** STORE_NOT_FOUND: nothing to read. */
export function notFoundError(path: string): LabelerError {
  return storeError('STORE_NOT_FOUND', `there is no label store ${path}`, {
    suggestions: [
      'make one: `k8s-labeler generate --demo` from the bundled recordings, or `k8s-labeler generate CAPTURE`',
      'or name it with --store',
    ],
  });
}

/** STORE_UNWRITABLE: the file or its directory refuses. */
export function unwritableError(path: string, message: string): LabelerError {
  return storeError('STORE_UNWRITABLE', `cannot open the label store ${path}: ${message}`, {
    suggestions: ['check the permissions of the file and of its directory, or name another file with --store'],
  });
}
