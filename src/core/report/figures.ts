import { severities } from '../model/event.ts';
import type { Label, QualityMetrics } from '../model/label.ts';
import { type Band, bandOf, bands } from '../quality/bands.ts';
import { shownText } from './data-block.ts';
import { type ReviewWord, reviewWords } from './reviews.ts';

/** One bar: its name, how many labels, and what colours it (a severity or a band; `rest` sums up what has no bar of its own). */
export type Bar = { name: string; count: number; tone?: string };

export type Distribution = { id: string; title: string; bars: Bar[] };

/** What the labels of a store say together. `quality` holds means, and is null without labels. */
export type Figures = {
  labels: number;
  incidents: number;
  clusters: number;
  captures: number;
  oldest: string | null;
  newest: string | null;
  quality: QualityMetrics | null;
  bands: { band: Band; from: number; count: number }[];
  versions: { name: string; values: string[] }[];
  distributions: Distribution[];
};

type Counts = Map<string, number>;

/** Counts that grow label by label. `captures` and the like are keyed by the value. */
export type Tally = Record<
  'incidents' | 'clusters' | 'captures' | 'reasons' | 'categories' | 'severities' | 'tools' | 'rules' | 'qualities' | 'bands' | 'reviews',
  Counts
> & { labels: number; oldest: string | null; newest: string | null; quality: number[]; confidence: number[]; sums: Counts };

const tenths = 10;
const mostReasons = 30;
const mostSources = 15;

/** Counts of no label yet. */
export function newTally(): Tally {
  const counts = () => new Map<string, number>();
  return {
    labels: 0,
    oldest: null,
    newest: null,
    quality: Array<number>(tenths).fill(0),
    confidence: Array<number>(tenths).fill(0),
    sums: counts(),
    incidents: counts(),
    clusters: counts(),
    captures: counts(),
    reasons: counts(),
    categories: counts(),
    severities: counts(),
    tools: counts(),
    rules: counts(),
    qualities: counts(),
    bands: counts(),
    reviews: counts(),
  };
}

/** Counts one label more. */
export function tallyLabel(tally: Tally, label: Label, review: ReviewWord): void {
  tally.labels += 1;
  if (tally.oldest === null || label.timestamp < tally.oldest) tally.oldest = label.timestamp;
  if (tally.newest === null || label.timestamp > tally.newest) tally.newest = label.timestamp;
  add(tally.incidents, label.incident_id);
  add(tally.clusters, label.cluster_id);
  add(tally.captures, label.capture_id);
  add(tally.reasons, label.reason);
  add(tally.categories, label.category);
  add(tally.severities, label.severity);
  add(tally.tools, label.tool_version);
  add(tally.rules, label.rules_version);
  add(tally.qualities, label.quality_version);
  add(tally.bands, bandOf(label.quality.overall_score));
  add(tally.reviews, review);
  addTenth(tally.quality, label.quality.overall_score);
  addTenth(tally.confidence, label.confidence);
  for (const [name, score] of Object.entries(label.quality)) add(tally.sums, name, score);
}

function add(counts: Counts, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function addTenth(histogram: number[], score: number): void {
  const index = Math.min(tenths - 1, Math.max(0, Math.floor(score * tenths + 1e-9)));
  histogram[index] = (histogram[index] ?? 0) + 1;
}

/** The counts as figures and charts. */
export function figuresOf(tally: Tally): Figures {
  const { labels, oldest, newest, sums } = tally;
  const means = [...sums].map(([name, sum]) => [name, Math.round((sum / labels) * 1e4) / 1e4]);
  return {
    labels,
    incidents: tally.incidents.size,
    clusters: tally.clusters.size,
    captures: tally.captures.size,
    oldest,
    newest,
    quality: labels === 0 ? null : (Object.fromEntries(means) as QualityMetrics),
    bands: bands.map(({ band, from }) => ({ band, from, count: tally.bands.get(band) ?? 0 })),
    versions: [
      { name: 'tool', values: namesOf(tally.tools) },
      { name: 'rules', values: namesOf(tally.rules) },
      { name: 'quality', values: namesOf(tally.qualities) },
    ],
    distributions: distributionsOf(tally),
  };
}

function distributionsOf(tally: Tally): Distribution[] {
  const bySeverity = severities.map((name) => ({ name, count: tally.severities.get(name) ?? 0, tone: name }));
  const byReview = reviewWords.map((name) => ({ name, count: tally.reviews.get(name) ?? 0, tone: name }));
  return [
    { id: 'reasons', title: 'Reasons', bars: largestBars(tally.reasons, mostReasons) },
    { id: 'categories', title: 'Categories', bars: largestBars(tally.categories, mostReasons) },
    { id: 'severities', title: 'Severities', bars: bySeverity },
    { id: 'reviews', title: 'Reviews', bars: byReview },
    { id: 'quality', title: 'Quality (overall score)', bars: tenthBars(tally.quality, bandOf) },
    { id: 'confidence', title: 'Confidence', bars: tenthBars(tally.confidence) },
    { id: 'clusters', title: 'Clusters', bars: largestBars(tally.clusters, mostSources) },
    { id: 'captures', title: 'Captures', bars: largestBars(tally.captures, mostSources) },
  ];
}

/** The most frequent values, then by name, and one bar for all others. */
export function largestBars(counts: ReadonlyMap<string, number>, most: number): Bar[] {
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const bars: Bar[] = sorted.slice(0, most).map(([name, count]) => ({ name: shownText(name, 80), count }));
  const others = sorted.slice(most);
  const rest = others.reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? bars : [...bars, { name: `${others.length} others`, count: rest, tone: 'rest' }];
}

/** A histogram of scores, the highest first; a tenth holds its lower bound, the last one both. */
function tenthBars(histogram: readonly number[], toneOf?: (from: number) => string): Bar[] {
  const bars = histogram.map((count, index) => {
    const tone = toneOf?.((index + 0.5) / tenths);
    return { name: `${(index / tenths).toFixed(1)} – ${((index + 1) / tenths).toFixed(1)}`, count, ...(tone && { tone }) };
  });
  return bars.reverse();
}

function namesOf(counts: Counts): string[] {
  return [...counts.keys()].sort().map((name) => shownText(name, 80));
}
