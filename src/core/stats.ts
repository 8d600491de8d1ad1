import { type TokenStatistics, tokenCounter, tokenStatistics } from './conformance/tokens.ts';
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
  /** Tokens of question and answer (o200k_base), when they were asked for. */
  tokens?: TokenStatistics;
};

/** Counts a store. With `tokens` every label is read; throws MISSING_PEER (exit code 2) where there is no tokenizer, and errors of the store. */
export async function storeStats(store: LabelStore, options: { tokens?: boolean } = {}): Promise<StoreStats> {
  const { types, categories, reasons, severities, clusters, quality, captures } = await store.info();
  const reviews = {} as Record<ReviewState, number>;
  for (const state of reviewStates) reviews[state] = await store.count({ reviewed: state });
  return {
    labels: await store.count(),
    captures: captures.length,
    types,
    categories,
    reasons,
    severities,
    clusters,
    quality,
    bands: await bandCounts(store),
    reviews,
    ...(options.tokens === true ? { tokens: await tokensOf(store) } : {}),
  };
}

async function tokensOf(store: LabelStore): Promise<TokenStatistics> {
  const count = await tokenCounter();
  const statistics = tokenStatistics();
  for await (const { question, answer } of store.select()) statistics.add(count(`${question}\n${answer}`));
  return statistics.result();
}
