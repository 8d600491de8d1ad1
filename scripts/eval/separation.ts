import type { Label } from '../../src/core/model/label.ts';
import { type Band, bandOf, bands } from '../../src/core/quality/bands.ts';
import { scoreLabel } from '../../src/core/quality/score.ts';
import { damages, otherOf, type Sample } from './damage.ts';

/** A label that says a fault, its overall score, and whether it is right. */
export type Scored = { score: number; right: boolean };

/** Chance that a right label scores above a wrong one, ties half (Mann–Whitney); undefined without both. */
export function areaUnderCurve(right: readonly number[], wrong: readonly number[]): number | undefined {
  if (right.length === 0 || wrong.length === 0) return undefined;
  const wins = right.flatMap((good) => wrong.map((bad) => (good > bad ? 1 : good === bad ? 0.5 : 0)));
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

/** Overall scores of damaged copies of right labels, by kind of damage. */
export function damagedScores(samples: readonly Sample[]): Map<string, number[]> {
  return new Map(
    Object.entries(damages).map(([kind, damage]) => [
      kind,
      samples.flatMap((sample) => {
        const other = otherOf(sample, samples, kind);
        const damaged = other && damage(sample, other);
        return damaged === undefined ? [] : [overall(damaged.label, damaged.records)];
      }),
    ]),
  );
}

/** How well the overall score tells right labels from wrong ones and from damaged copies, and how often each band is right. */
export function separationLines(scored: readonly Scored[], samples: readonly Sample[]): string[] {
  const right = scored.filter((one) => one.right).map(({ score }) => score);
  const wrong = scored.filter((one) => !one.right).map(({ score }) => score);
  const damaged = damagedScores(samples);
  return [
    `\n== overall score as a judge: ${right.length} right fault labels, mean ${meanText(right)}`,
    aucLine('wrong labels', right, wrong),
    ...[...damaged].map(([kind, scores]) => aucLine(kind, right, scores)),
    aucLine('all', right, [...wrong, ...[...damaged.values()].flat()]),
    'right by band    (labels as they were given)',
    ...bands.map(({ band }) => bandLine(band, scored)),
  ];
}

function aucLine(kind: string, right: readonly number[], wrong: readonly number[]): string {
  const auc = areaUnderCurve(right, wrong)?.toFixed(3) ?? '–';
  const rejected = wrong.filter((score) => score === 0).length;
  return `  ${kind.padEnd(28)} AUC ${auc.padStart(5)}  ${String(wrong.length).padStart(4)} labels, ${rejected} rejected, mean ${meanText(wrong)}`;
}

function bandLine(band: Band, scored: readonly Scored[]): string {
  const own = scored.filter(({ score }) => bandOf(score) === band);
  const right = own.filter((one) => one.right).length;
  return `  ${band.padEnd(8)} ${String(own.length).padStart(4)} labels  right ${own.length === 0 ? '–' : (right / own.length).toFixed(2)}`;
}

function overall(label: Label, records: Sample['records']): number {
  return scoreLabel(label, records).quality.overall_score;
}

function meanText(values: readonly number[]): string {
  return values.length === 0 ? '–' : (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
}
