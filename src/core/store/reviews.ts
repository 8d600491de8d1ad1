import type { DuckDBConnection } from '@duckdb/node-api';
import { storeError } from '../errors.ts';
import { parseJson, stringifyJson, wellFormed } from '../model/json.ts';
import { type Review, reviewFields, reviewId, reviewReasons, type StoredReview, verdicts } from '../model/review.ts';
import { timeOf, timeSql } from './rows.ts';
import type { ReviewAddition, ReviewFilter } from './store.ts';

// What a reviewer judges. Confidence, quality, versions and what else was considered are not in it: reviews themselves move them, and a
// review must not go stale because it was given.
const judgedColumns = [
  'question',
  'answer',
  'category',
  'reason',
  'severity',
  ...['resource', 'root_cause', 'impact', 'resolution', 'suggestion'].map((name) => `(metadata->'$.${name}')::VARCHAR`),
  `(metadata->'$.rule_ids[0]')::VARCHAR`,
];

/** The sha256 (hex) of what is judged of a label, as SQL over a row of `labels`. */
const judgedSql = `sha256(concat_ws(chr(31), ${judgedColumns.map((column) => `coalesce(${column}, '')`).join(', ')}))`;

const joined = `reviews r LEFT JOIN (SELECT id AS judged_id, ${judgedSql} AS judged_hash FROM labels
  WHERE id IN (SELECT label_id FROM reviews)) j ON j.judged_id = r.label_id`;

const standingSql = `CASE WHEN judged_id IS NULL THEN 'unknown' WHEN judged_hash = r.content_hash THEN 'current' ELSE 'stale' END`;

/**
 * The review state of a label as SQL: a list with its name, and `any` for a label with a verdict. The same rule as `reviewStatesOf`: last
 * verdict of each reviewer that was not taken back, current ones only.
 */
export const reviewStatesSql = `coalesce((
  SELECT CASE WHEN bool_and(verdict = 'accept') THEN ['accepted', 'any'] WHEN bool_and(verdict = 'reject') THEN ['rejected', 'any']
    ELSE ['disputed', 'any'] END
  FROM (SELECT label_id, verdict, ${standingSql} AS standing FROM ${joined}
    WHERE verdict <> 'undone' AND (r.id, reviewer) NOT IN (SELECT (undoes, reviewer) FROM reviews WHERE undoes IS NOT NULL)
    QUALIFY row_number() OVER (PARTITION BY label_id, reviewer ORDER BY sequence DESC, created_at DESC, r.id DESC) = 1) v
  WHERE v.label_id = labels.id AND v.standing = 'current' AND v.verdict IN ('accept', 'reject')
  GROUP BY v.label_id), ['unreviewed'])`;

const plain = reviewFields.filter((name) => name !== 'edits' && name !== 'created_at');
const headSql = `to_json({${plain.map((name) => `'${name}': r.${name}`).join(', ')}})::VARCHAR`;

/** Reviews with how they stand to the labels of now, ordered by label, then by time. */
export async function* readReviews(connection: DuckDBConnection, filter: ReviewFilter): AsyncGenerator<StoredReview> {
  const terms = [
    { sql: 'r.label_id::VARCHAR =', value: filter.labelId },
    { sql: 'r.capture_id =', value: filter.captureId },
    { sql: 'r.reviewer =', value: filter.reviewer },
  ].filter(({ value }) => value !== undefined);
  const where = terms.map(({ sql }, index) => `${sql} $${index + 1}`).join(' AND ') || 'true';
  const query = `SELECT ${headSql}, r.edits::VARCHAR, ${timeSql('r.created_at')}, ${standingSql} FROM ${joined} WHERE ${where}
    ORDER BY r.label_id, r.created_at, r.sequence, r.id`;
  const result = await connection.stream(
    query,
    terms.map(({ value }) => String(value)),
  );
  for await (const rows of result.yieldRowsJs()) {
    for (const [head, edits, at, standing] of rows) yield reviewOf([head, edits, at, standing]);
  }
}

function reviewOf([head, edits, at, standing]: unknown[]): StoredReview {
  const fields: Record<string, unknown> = {
    ...(parseJson(String(head)) as object),
    edits: edits === null ? null : parseJson(String(edits)),
    created_at: timeOf(String(at)),
  };
  const review = Object.fromEntries(reviewFields.map((name) => [name, fields[name]])) as Review;
  return { ...review, standing: standing as StoredReview['standing'] };
}

/** What would be judged of a label now; undefined if it is not stored. */
export async function readJudged(connection: DuckDBConnection, labelId: string): Promise<string | undefined> {
  const [row] = (await connection.runAndReadAll(`SELECT ${judgedSql} FROM labels WHERE id::VARCHAR = $1`, [labelId])).getRows();
  return row === undefined ? undefined : String(row[0]);
}

/** Adds events inside the caller's transaction. One that is stored already stays as it is: its place comes back if it says something else. */
export async function insertReviews(connection: DuckDBConnection, reviews: Iterable<Review>): Promise<ReviewAddition> {
  const result: ReviewAddition = { added: 0, known: 0, conflicting: [] };
  const slots = reviewFields.map((name, index) => `$${index + 1}${name === 'edits' ? '::JSON' : ''}`).join(', ');
  let place = -1;
  for (const given of reviews) {
    place += 1;
    const review = checked(wellFormed(given));
    const stored = await findReview(connection, review.id);
    if (stored === undefined) {
      const cells = reviewFields.map((name) => (name === 'edits' && review.edits !== null ? stringifyJson(review.edits) : review[name]));
      await connection.run(`INSERT INTO reviews (${reviewFields.join(', ')}) VALUES (${slots})`, cells as (string | number | null)[]);
      result.added += 1;
    } else if (sameReview(stored, review)) result.known += 1;
    else result.conflicting.push(place);
  }
  return result;
}

async function findReview(connection: DuckDBConnection, id: string): Promise<Review | undefined> {
  const query = `SELECT ${headSql}, r.edits::VARCHAR, ${timeSql('r.created_at')}, '' FROM reviews r WHERE r.id = $1::UUID`;
  const [row] = (await connection.runAndReadAll(query, [id])).getRows();
  return row === undefined ? undefined : reviewOf(row);
}

function sameReview(one: Review, other: Review): boolean {
  return reviewFields.every((name) => stringifyJson(one[name]) === stringifyJson(other[name]));
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The event with its time in UTC. Throws STORE_INVALID_ROW with what does not fit. */
function checked(review: Review): Review {
  const at = Date.parse(review.created_at);
  const faults: [boolean, keyof Review, string][] = [
    [uuidPattern.test(review.label_id), 'label_id', 'a UUID in lower case'],
    [/^[0-9a-f]{64}$/.test(review.content_hash), 'content_hash', '64 hexadecimal digits'],
    [(verdicts as readonly string[]).includes(review.verdict), 'verdict', verdicts.join(', ')],
    [review.reason === null || (reviewReasons as readonly string[]).includes(review.reason), 'reason', reviewReasons.join(', ')],
    [(review.verdict === 'reject') === (review.reason !== null), 'reason', 'one for reject, null for all else'],
    [review.edits === null || review.verdict === 'accept', 'edits', 'null unless the verdict is accept'],
    [review.undoes === null || uuidPattern.test(review.undoes), 'undoes', 'a UUID in lower case'],
    [(review.verdict === 'undone') === (review.undoes !== null), 'undoes', 'the id of an event for undone, null for all else'],
    [review.reviewer.trim() !== '', 'reviewer', 'a name'],
    [Number.isInteger(review.sequence) && review.sequence >= 0, 'sequence', 'a whole number from 0 on'],
    [!Number.isNaN(at), 'created_at', 'an RFC 3339 time'],
    [review.id === reviewId(review), 'id', `the id that its fields give, ${reviewId(review)}`],
  ];
  const fault = faults.find(([fits]) => !fits);
  if (fault === undefined) return { ...review, created_at: new Date(at).toISOString() };
  const [, field, expected] = fault;
  throw storeError('STORE_INVALID_ROW', `review ${review.id}: ${field} is ${stringifyJson(review[field])}, expected ${expected}`);
}
