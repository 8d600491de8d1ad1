import type { DatasetSummary } from '../core/dataset.ts';
import type { ExportSummary } from '../core/export/export.ts';
import { oneLine, quoted } from '../core/model/text.ts';
import { splitNames } from '../core/model/training.ts';
import { counted, fieldLines } from './text.ts';

/** Why nothing was written. */
export function emptyReason(stored: number, filters: ExportSummary['filters']): string {
  if (stored === 0) return 'the store holds no labels: `k8s-labeler generate` makes them';
  return `none of ${stored} labels is left: ${filters.map(({ filter, value, removed }) => `${filter} ${value} removed ${removed}`).join(', ')}`;
}

/** What to do with the file. */
export function nextStep(format: ExportSummary['format']): string {
  if (format === 'parquet' || format === 'jsonl') return `Next: load_dataset('${format === 'jsonl' ? 'json' : format}', data_files=…)`;
  return format === 'csv' ? 'Next: open it in a spreadsheet, train from jsonl' : 'Next: read it, or --format parquet to train';
}

/** What an export for a consumer wrote, what was left out and why, and the proof that its splits share nothing. */
export function datasetPage(summary: DatasetSummary, width: number): string {
  const { to, out, examples, groups, skills, pairs, dialogues, excluded, duplicates, dropped, proof, files, seed, labels } = summary;
  const parts = splitNames.flatMap((split) =>
    examples[split] === undefined ? [] : [`${split} ${examples[split]} (${counted(groups[split] ?? 0, 'group')})`],
  );
  const left = [
    ...summary.filters.map(({ filter, removed }) => [`filter ${filter}`, removed] as const),
    ...Object.entries(excluded).map(([why, count]) => [excludedBy[why] ?? why, count] as const),
    ['equal prompt', duplicates] as const,
    ...Object.entries(dropped).map(([gate, count]) => [`gate ${gate}`, count ?? 0] as const),
  ].filter(([, count]) => count > 0);
  const next = to === 'hf' ? `k8s-labeler validate ${quoted(out)} --for trl` : `k8s-labeler validate ${quoted(out)} --for ${to}`;
  return fieldLines(
    [
      ['written', `${oneLine(out, 1000)} for ${to}: ${counted(files.length, 'file')}, ${counted(labels, 'label')}`],
      ['examples', parts.join(', ')],
      ['skills', listed(skills)],
      ['pairs', listed(pairs) || 'none'],
      ...reviewRow(summary),
      ['dialogues', `${dialogues} with tool calls`],
      ['left out', left.map(([why, count]) => `${why} ${count}`).join(', ') || 'nothing'],
      [
        'proof',
        `${counted(proof.sharedGroups, 'group')} and ${counted(proof.equalPrompts, 'prompt')} in more than one split (seed ${seed}); highest similarity across splits ${proof.highestSimilarity}, limit ${proof.similarityLimit} (${proof.method})`,
      ],
      ['checked', checkText(summary)],
      ...notes(summary),
      ['dataset id', summary.datasetId],
      ['next', next],
    ],
    Math.min(width, 100),
  );
}

const excludedBy: Readonly<Record<string, string>> = {
  rejected: 'rejected by reviewers (--reviewed all keeps them)',
  disputed: 'disputed by reviewers (--reviewed all keeps them)',
};

/** What people said of the labels, where they did. */
function reviewRow({ reviewed: { accepted, edited, rejected, disputed } }: DatasetSummary): [string, string][] {
  const words = [
    ...(accepted === 0 ? [] : [`${accepted} accepted`]),
    ...(edited === 0 ? [] : [`${edited} of them in the reviewer's words`]),
    ...(rejected === 0 ? [] : [`${rejected} rejected`]),
    ...(disputed === 0 ? [] : [`${disputed} disputed`]),
  ];
  return words.length === 0 ? [] : [['reviews', words.join(', ')]];
}

/** A split that was asked for and got nothing. */
function notes({ split, splitBy, examples }: DatasetSummary): [string, string][] {
  const empty = splitNames.filter((name) => split[name] > 0 && examples[name] === undefined);
  const advice = splitBy === 'reason' ? 'more incidents are needed, or other shares' : 'try --stratify, or another --seed';
  return empty.length === 0 ? [] : [['note', `no group came into ${empty.join(' and ')}, so it is not written: ${advice}`]];
}

/** What the consumers' rules found in the files. */
function checkText({ conformance }: DatasetSummary): string {
  const checked = Object.entries(conformance);
  const fine = checked.filter(([, { errors, warnings }]) => errors + warnings === 0).map(([name]) => name);
  const rest = checked
    .filter(([name]) => !fine.includes(name))
    .map(([name, { errors, warnings, counts }]) => {
      const codes = counts.map(({ code }) => code).join(', ');
      return `${name} ${errors > 0 ? counted(errors, 'error') : counted(warnings, 'warning')} (${codes})`;
    });
  return [...(fine.length === 0 ? [] : [`fine for ${fine.join(', ')}`]), ...rest].join('; ') || 'no';
}

function listed(counts: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
