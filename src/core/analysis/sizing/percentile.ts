/** The percentile (0..100) of numbers in ascending order, interpolated between ranks as Prometheus and NumPy do; NaN when empty. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = (Math.min(100, Math.max(0, percent)) / 100) * (sorted.length - 1);
  const low = Math.floor(rank);
  const below = sorted[low] ?? Number.NaN;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] ?? below;
  return below + (above - below) * (rank - low);
}

/** The weighted percentile (0..1): the smallest value at which the weights up to it reach that share; NaN when there is no weight. */
export function weightedPercentile(samples: { value: number; weight: number }[], share: number): number {
  const ordered = [...samples].sort((left, right) => left.value - right.value);
  const total = ordered.reduce((sum, sample) => sum + sample.weight, 0);
  let sum = 0;
  for (const sample of ordered) {
    sum += sample.weight;
    if (sum >= share * total && total > 0) return sample.value;
  }
  return ordered.at(-1)?.value ?? Number.NaN;
}
