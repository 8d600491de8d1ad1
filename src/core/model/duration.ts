const secondsByUnit: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a duration as people and Kubernetes write it: `90s`, `10m`, `1h30m`, `7d`, `1.5h`, `250ms`.
 * Units must fall in size and appear once; undefined for anything else, also for a bare number.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64 || !/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    const size = secondsByUnit[unit] ?? 0;
    if (size >= previous) return undefined;
    previous = size;
    total += Number(amount) * size;
  }
  return Number.isFinite(total) ? total : undefined;
}
