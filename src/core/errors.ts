/** Exit codes of the CLI. 0 ok, 1 bug; the rest as named. 130 and 143 belong to signals. */
export const exitCodes = { usage: 2, capture: 3, cluster: 4, store: 5, incomplete: 6 } as const;

export type ErrorOptions = { exitCode?: number; suggestions?: string[]; cause?: unknown };

/**
 * The one error of this project: what happened, a stable code (`CAPTURE_TORN`), the exit code, and what to do next.
 * `oclif.exit` repeats the exit code because oclif reads it there.
 */
export class LabelerError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly suggestions: string[];
  readonly oclif: { exit: number };

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'LabelerError';
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
    this.suggestions = options.suggestions ?? [];
    this.oclif = { exit: this.exitCode };
  }
}

/** A capture that cannot be read or written: exit code 3. */
export function captureError(code: string, message: string, options: ErrorOptions = {}): LabelerError {
  return new LabelerError(code, message, { exitCode: exitCodes.capture, ...options });
}

/** A label store that cannot be opened, read or written: exit code 5. */
export function storeError(code: string, message: string, options: ErrorOptions = {}): LabelerError {
  return new LabelerError(code, message, { exitCode: exitCodes.store, ...options });
}

/** A wrong flag, argument or configuration: exit code 2. */
export function usageError(code: string, message: string, options: ErrorOptions = {}): LabelerError {
  return new LabelerError(code, message, { exitCode: exitCodes.usage, ...options });
}

/** The `code` of a system error such as ENOENT, or ''. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
