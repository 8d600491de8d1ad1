/** How sure a label was, 0 to 1, and whether it was right. */
export type Bet = { confidence: number; right: boolean };

type Bin = { from: number; bets: number; confidence: number; accuracy: number };

const binCount = 10;

/** Bets in ten bins of equal width; empty bins are left out. */
export function reliability(bets: Bet[]): Bin[] {
  const bins = Array.from({ length: binCount }, (_, index) => ({ from: index / binCount, bets: [] as Bet[] }));
  for (const bet of bets) bins[Math.min(binCount - 1, Math.floor(bet.confidence * binCount))]?.bets.push(bet);
  return bins
    .filter((bin) => bin.bets.length > 0)
    .map(({ from, bets: own }) => ({
      from,
      bets: own.length,
      confidence: mean(own.map(({ confidence }) => confidence)),
      accuracy: mean(own.map(({ right }) => Number(right))),
    }));
}

/** Expected calibration error: the distance of confidence and accuracy, averaged over the bins by their size (Guo et al. 2017). */
export function calibrationError(bets: Bet[]): number {
  return reliability(bets).reduce((sum, bin) => sum + (bin.bets / bets.length) * Math.abs(bin.accuracy - bin.confidence), 0);
}

/** The error in one line, and a line per bin. */
export function calibrationLines(bets: Bet[]): string[] {
  if (bets.length === 0) return [];
  return [
    `calibration      error ${calibrationError(bets).toFixed(3)} over ${bets.length} labels`,
    ...reliability(bets).map(
      ({ from, bets: size, confidence, accuracy }) =>
        `  ${from.toFixed(1)}–${(from + 1 / binCount).toFixed(1)}        ${String(size).padStart(3)} labels  sure ${confidence.toFixed(2)}  right ${accuracy.toFixed(2)}`,
    ),
  ];
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
