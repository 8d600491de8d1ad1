/** A straight line through points: change per unit of x, and the share of the variation that it explains (R², 0 to 1). */
export type Trend = { slope: number; r2: number };

/** Least squares over points `[x, y]`; undefined for fewer than three, or when all x or all y are equal. */
export function trendOf(points: readonly (readonly [x: number, y: number])[]): Trend | undefined {
  const count = points.length;
  if (count < 3) return undefined;
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / count;
  const [x, y] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [px, py] of points) {
    xx += (px - x) ** 2;
    xy += (px - x) * (py - y);
    yy += (py - y) ** 2;
  }
  return xx === 0 || yy === 0 ? undefined : { slope: xy / xx, r2: xy ** 2 / (xx * yy) };
}
