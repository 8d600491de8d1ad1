import { type TokenCounter, type TokenStatistics, tokenCounter, tokenStatistics } from './conformance/tokens.ts';
import { type ReviewState, reviewStates } from './model/review.ts';
import type { Band } from './quality/bands.ts';
import { bandCounts } from './quality-trace.ts';
import type { LabelStore, StoreInfo } from './store/store.ts';

/** What a store holds, counted: labels by reason, severity and the like, by quality band, and by what people said of them. */
export type StoreStats = Pick<StoreInfo, 'types' | 'categories' | 'reasons' | 'severities' | 'clusters' | 'quality'> & {
  labels: number;
  captures: number;
  bands: Record<Band, number>;
  reviews: Record<ReviewState, number>;
  /** Labels by how their captures came to be: `record`, `import dump` and so on; `not known` for captures of earlier versions. */
  sources: Record<string, number>;
  /** Tokens of question and answer (o200k_base), where they were counted. */
  tokens?: TokenStatistics;
};

/** Up to this many labels, tokens are counted without being asked for. */
const fewLabels = 5000;

/**
 * Counts a store. `tokens`: true counts those of all labels and throws MISSING_PEER (exit code 2) where there is no tokenizer, false does
 * not, undefined does where that is quick. Throws errors of the store.
 */
export async function storeStats(store: LabelStore, { tokens }: { tokens?: boolean } = {}): Promise<StoreStats> {
  const { types, categories, reasons, severities, clusters, quality, captures } = await store.info();
  const labels = await store.count();
  const reviews = {} as Record<ReviewState, number>;
  for (const state of reviewStates) reviews[state] = await store.count({ reviewed: state });
  const counter = tokens === false || (tokens === undefined && labels > fewLabels) ? undefined : await counterOf(tokens === true);
  return {
    labels,
    captures: captures.length,
    types,
    categories,
    reasons,
    severities,
    clusters,
    quality,
    bands: await bandCounts(store),
    reviews,
    sources: await sourcesOf(store, captures),
    ...(counter === undefined ? {} : { tokens: await tokensOf(store, counter) }),
  };
}

async function counterOf(required: boolean): Promise<TokenCounter | undefined> {
  return tokenCounter().catch((error: unknown) => {
    if (required) throw error;
    return undefined;
  });
}

async function sourcesOf(store: LabelStore, captures: StoreInfo['captures']): Promise<Record<string, number>> {
  const origins = new Map<string, string>();
  for await (const { captureId, origin } of store.captureSources()) if (origin !== undefined) origins.set(captureId, origin);
  const sums: Record<string, number> = {};
  for (const { captureId, labels } of captures) {
    const origin = origins.get(captureId) ?? 'not known';
    sums[origin] = (sums[origin] ?? 0) + labels;
  }
  return sums;
}

async function tokensOf(store: LabelStore, count: TokenCounter): Promise<TokenStatistics> {
  const statistics = tokenStatistics();
  for await (const { question, answer } of store.select()) statistics.add(count(`${question}\n${answer}`));
  return statistics.result();
}
