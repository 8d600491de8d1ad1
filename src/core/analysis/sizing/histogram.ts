/**
 * A decaying histogram with exponential buckets, as the VPA recommender keeps it (pkg/recommender/util): a sample's weight halves with
 * every half-life of age. `reference` is the time at which a weight counts once.
 */
export type DecayingHistogram = {
  weights: Float64Array;
  firstBucket: number;
  growth: number;
  halfLife: number;
  reference: number | undefined;
  total: number;
};

/** Weights under this count as none (0.001 of the smallest sample weight). */
const EPSILON = 0.0001;
const EXPONENT_LIMIT = 100;

/** An empty histogram; sizes in the unit of the values, half-life in milliseconds. */
export function newHistogram(options: { firstBucket: number; largest: number; growth?: number; halfLife?: number }): DecayingHistogram {
  const growth = options.growth ?? 1.05;
  const buckets = Math.ceil(Math.log((options.largest * (growth - 1)) / options.firstBucket + 1) / Math.log(growth)) + 1;
  const halfLife = options.halfLife ?? 86_400_000;
  return { weights: new Float64Array(buckets), firstBucket: options.firstBucket, growth, halfLife, reference: undefined, total: 0 };
}

/** The bucket of a value; the last one has no upper end. */
export function bucketOf({ firstBucket, growth, weights }: DecayingHistogram, value: number): number {
  if (value < firstBucket) return 0;
  const bucket = Math.floor(Math.log((value * (growth - 1)) / firstBucket + 1) / Math.log(growth));
  return Math.min(bucket, weights.length - 1);
}

/** Where a bucket starts. */
export function bucketStart({ firstBucket, growth }: DecayingHistogram, bucket: number): number {
  return bucket === 0 ? 0 : (firstBucket * (growth ** bucket - 1)) / (growth - 1);
}

function decay(histogram: DecayingHistogram, time: number): number {
  histogram.reference ??= time;
  const exponent = (time - histogram.reference) / histogram.halfLife;
  if (exponent <= EXPONENT_LIMIT) return 2 ** exponent;
  const shift = Math.round(exponent);
  for (let bucket = 0; bucket < histogram.weights.length; bucket += 1)
    histogram.weights[bucket] = (histogram.weights[bucket] ?? 0) * 2 ** -shift;
  histogram.total *= 2 ** -shift;
  histogram.reference += shift * histogram.halfLife;
  return 2 ** (exponent - shift);
}

/** Adds a sample of a time in milliseconds. */
export function addWeight(histogram: DecayingHistogram, value: number, weight: number, time: number): void {
  const scaled = weight * decay(histogram, time);
  const bucket = bucketOf(histogram, value);
  histogram.weights[bucket] = (histogram.weights[bucket] ?? 0) + scaled;
  histogram.total += scaled;
}

/** Takes a sample back that was added with the same value, weight and time. */
export function removeWeight(histogram: DecayingHistogram, value: number, weight: number, time: number): void {
  const bucket = bucketOf(histogram, value);
  const held = histogram.weights[bucket] ?? 0;
  const wanted = weight * decay(histogram, time);
  const scaled = wanted > held - EPSILON ? held : wanted;
  histogram.weights[bucket] = held - scaled;
  histogram.total -= scaled;
}

/** The end of the bucket in which the share (0..1) of the weight is reached; 0 when the histogram is empty. */
export function histogramPercentile(histogram: DecayingHistogram, share: number): number {
  const { weights, total } = histogram;
  const filled = Array.from(weights.keys()).filter((bucket) => (weights[bucket] ?? 0) >= EPSILON);
  const last = filled.at(-1);
  if (last === undefined) return 0;
  let sum = 0;
  const bucket = filled.find((candidate) => {
    sum += weights[candidate] ?? 0;
    return sum >= share * total;
  });
  return bucketStart(histogram, Math.min((bucket ?? last) + 1, weights.length - 1));
}
