import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { systemCode, usageError } from './errors.ts';
import { jsonLines } from './export/json.ts';
import { type Target, writeTarget } from './export/target.ts';
import { type Review, reviewFields, reviewId, reviewReasons, verdicts } from './model/review.ts';
import { editsSchema } from './review-edit.ts';
import type { LabelStore } from './store/store.ts';

const uuid = z.uuid().lowercase();
// What the store holds of a whole number.
const most = 2 ** 31 - 1;

const schema: z.ZodType<Review> = z.strictObject({
  id: uuid,
  label_id: uuid,
  capture_id: z.string(),
  content_hash: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  rule_id: z.string(),
  verdict: z.enum(verdicts),
  reason: z.enum(reviewReasons).nullable(),
  comment: z.string(),
  edits: (editsSchema as unknown as z.ZodType<NonNullable<Review['edits']>>).nullable(),
  undoes: uuid.nullable(),
  reviewer: z.string().min(1),
  sequence: z.int().min(0).max(most),
  seconds: z.number().min(0).max(most).nullable(),
  created_at: z.iso.datetime({ offset: true }),
});

/** What came of a file of reviews. `stale` and `unknown` are among those of the file that are stored now; refused lines change nothing. */
export type ReviewImport = {
  file: string;
  reviews: number;
  added: number;
  known: number;
  stale: number;
  unknown: number;
  refused: { file: string; line: number; problem: string }[];
  refusedCount: number;
};

const shownRefusals = 1000;

/** Writes all reviews as JSON Lines to a file or stream (`file` is then `-`), ordered by label and time: the same reviews give the same bytes. Throws EXPORT_WRITE_FAILED (exit code 5). */
export async function exportReviews(store: LabelStore, target: Target): Promise<{ file: string; reviews: number; sha256: string }> {
  let reviews = 0;
  const rows = async function* () {
    for await (const review of store.reviews()) {
      reviews += 1;
      yield Object.fromEntries(reviewFields.map((name) => [name, review[name]]));
    }
  };
  const sha256 = await writeTarget({ kind: 'text', text: jsonLines }, rows(), target);
  return { file: 'path' in target ? target.path : '-', reviews, sha256 };
}

/**
 * Merges a file of reviews into the store. A line that is no review, or that says something else than the stored review with its id, is
 * refused; all others are added. Throws REVIEWS_UNREADABLE (exit code 2) and errors of the store.
 */
export async function importReviews(store: LabelStore, path: string): Promise<ReviewImport> {
  const result: ReviewImport = { file: path, reviews: 0, added: 0, known: 0, stale: 0, unknown: 0, refused: [], refusedCount: 0 };
  const refuse = (line: number, problem: string) => {
    result.refusedCount += 1;
    if (result.refused.length < shownRefusals) result.refused.push({ file: path, line, problem });
  };
  const good: Review[] = [];
  const lines: number[] = [];
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    if (line.trim() === '') continue;
    const read = parseReview(line);
    if ('problem' in read) {
      refuse(number, read.problem);
      continue;
    }
    good.push(read.review);
    lines.push(number);
  }
  const { conflicting, ...added } = await store.addReviews(good);
  for (const at of conflicting) refuse(lines[at] ?? 0, `id ${good[at]?.id} is that of a review that says something else`);
  result.refused.sort((a, b) => a.line - b.line);
  const ids = new Set(good.map(({ id }) => id));
  for await (const { id, standing } of store.reviews()) {
    if (ids.has(id) && standing !== 'current') result[standing] += 1;
  }
  return { ...result, ...added, reviews: good.length };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (systemCode(error) === '') throw error;
    throw usageError('REVIEWS_UNREADABLE', `cannot read ${path}: ${systemCode(error)}`, {
      suggestions: ['name a file that k8s-labeler review --export has written'],
    });
  }
}

/** A line as a review, or what is wrong with it and where. */
function parseReview(line: string): { review: Review } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/^\ufeff/, ''));
  } catch {
    return { problem: 'it is no JSON' };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'does not fit'}` };
  }
  const review = parsed.data;
  const expected = reviewId(review);
  if (review.id !== expected) return { problem: `/id: found ${review.id}, expected ${expected}, which its fields give` };
  if ((review.verdict === 'reject') !== (review.reason !== null)) return { problem: '/reason: expected one for reject, null for all else' };
  if ((review.verdict === 'undone') !== (review.undoes !== null))
    return { problem: '/undoes: expected an id for undone, null for all else' };
  if (review.edits !== null && review.verdict !== 'accept') return { problem: '/edits: expected null unless the verdict is accept' };
  if (review.reviewer.trim() === '') return { problem: '/reviewer: expected a name' };
  return { review };
}
