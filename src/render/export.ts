import type { ExportSummary } from '../core/export/export.ts';
import type { TrainingSummary } from '../core/training.ts';
import { counted, fieldLines } from './text.ts';

/** Why nothing was written. */
export function emptyReason(stored: number, filters: ExportSummary['filters']): string {
  if (stored === 0) return 'the store holds no labels: `k8s-labeler generate` makes them';
  return `none of ${stored} labels is left: ${filters.map(({ filter, value, removed }) => `${filter} ${value} removed ${removed}`).join(', ')}`;
}

/** What to do with the file. */
export function nextStep(format: ExportSummary['format']): string {
  if (format === 'parquet' || format === 'jsonl')
    return `load it with datasets: load_dataset('${format === 'jsonl' ? 'json' : format}', data_files=…)`;
  return format === 'csv' ? 'open it in a spreadsheet; train from jsonl or parquet' : 'read it, or export --format parquet for training';
}

/** What an export for a trainer wrote, and the proof that its splits share nothing. */
export function trainingPage({ to, out, examples, groups, skills, duplicates, leaks, files, seed }: TrainingSummary): string {
  const parts = Object.entries(examples).map(([split, count]) => `${split} ${count} (${groups[split as keyof typeof groups] ?? 0} groups)`);
  const taught = Object.entries(skills).map(([skill, count]) => `${skill} ${count}`);
  return fieldLines(
    [
      ['written', `${out} for ${to}: ${files.map(({ file }) => file).join(', ')}`],
      ['examples', parts.join(', ')],
      ['skills', taught.join(', ')],
      ['leaks', `${counted(leaks, 'group')} in more than one split (seed ${seed}); ${counted(duplicates, 'duplicate')} left out`],
    ],
    100,
  );
}
