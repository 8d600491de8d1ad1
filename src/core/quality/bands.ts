/** What to do with a label: take it without a look, put it before a reviewer, or keep it back. */
export type Band = 'accept' | 'review' | 'hold';

export const bands: readonly { band: Band; from: number }[] = [
  { band: 'accept', from: 0.85 },
  { band: 'review', from: 0.6 },
  { band: 'hold', from: 0 },
];

/** The band of an overall score: `accept` from 0.85, `review` from 0.6, `hold` below. */
export function bandOf(score: number): Band {
  return bands.find(({ from }) => score >= from)?.band ?? 'hold';
}
