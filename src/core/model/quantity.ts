const quantity = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes Quantity (`250m`, `1Gi`, `1e3`, or a JSON number) in base units; undefined for anything else. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return undefined;
  const match = quantity.exec(value.trim());
  if (match === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const parsed = scaled(Number(`${digits}${exponent}`), suffix);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** A cpu Quantity in millicores, not rounded: `250m` → 250, `2` → 2000, `1234567n` → 1.234567. */
export function cpuMillicores(value: unknown): number | undefined {
  const cores = parseQuantity(value);
  return cores === undefined ? undefined : Math.round(cores * 1e9) / 1e6;
}

/** A memory or storage Quantity in whole bytes: `64Mi` → 67108864. */
export function memoryBytes(value: unknown): number | undefined {
  const bytes = parseQuantity(value);
  return bytes === undefined ? undefined : Math.round(bytes);
}

/** Fractions divide by the power of ten, so that `3m` is 3/1000 and not 3 × 0.001. */
function scaled(number: number, suffix: string): number {
  const factor = suffixes[suffix] ?? 1;
  return factor < 1 ? number / Math.round(1 / factor) : number * factor;
}
