/**
 * Compares resourceVersions as the integers they are (of any length), as the API contract since Kubernetes 1.35 allows;
 * what is not a number compares equal to everything, so that a stable sort keeps the order of the input.
 */
export function compareVersions(a: string, b: string): number {
  if (!isVersion(a) || !isVersion(b)) return 0;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a resourceVersion is a number without leading zeros. */
export function isVersion(version: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(version);
}
