import { captureError } from '../../errors.ts';
import { datasetColumns } from '../../model/label-columns.ts';
import { nearest } from '../../model/nearest.ts';
import { oneLine } from '../../model/text.ts';

/**
 * Throws LABELS_FOREIGN (exit code 3) if a table has a column that is no label's, or lacks one; it names each, with the known column that
 * was probably meant. Columns of a dataset are passed over.
 */
export function checkColumns(file: string, found: readonly string[], required: readonly string[], optional: readonly string[] = []): void {
  const known = [...required, ...optional];
  const unknown = found.filter((name) => !known.includes(name) && !datasetColumns.includes(name));
  const missing = required.filter((name) => !found.includes(name));
  const twice = found.filter((name, index) => found.indexOf(name) !== index);
  if (unknown.length + missing.length + twice.length === 0) return;
  const wrong = [
    list('columns that no label has', unknown, (name) => described(name, known)),
    list('columns given twice', twice),
    list('columns missing', missing),
  ];
  throw captureError('LABELS_FOREIGN', `${file} is no table of labels: ${wrong.filter((text) => text !== '').join('; ')}`, {
    suggestions: ['give a file that k8s-labeler export has written, with all of its columns; docs/export.md lists the formats'],
  });
}

function described(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? name : `${name} (did you mean ${meant}?)`;
}

function list(title: string, names: readonly string[], shown: (name: string) => string = (name) => name): string {
  if (names.length === 0) return '';
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `${title}: ${names
    .slice(0, 8)
    .map((name) => oneLine(shown(name), 80))
    .join(', ')}${more}`;
}
