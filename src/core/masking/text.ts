import { anyHint, type TextDetector, textDetectors } from './detectors.ts';

/** How often each detector struck. */
export type MaskCounts = Record<string, number>;

/** Counts one find. */
export function count(counts: MaskCounts, id: string): void {
  counts[id] = (counts[id] ?? 0) + 1;
}

/** A text with every secret that a detector finds masked; the same text if there is none. */
export function maskText(text: string, counts: MaskCounts, more: TextDetector[] = []): string {
  if (text.length < 8 || !anyHint.test(text)) return text;
  let masked = text;
  for (const detector of textDetectors) masked = applyDetector(masked, detector, counts);
  for (const detector of more) masked = applyDetector(masked, detector, counts);
  return masked;
}

/** One detector over a text. Only changes are counted, so that masking twice counts nothing the second time. */
export function applyDetector(text: string, { id, hint, pattern, replace }: TextDetector, counts: MaskCounts): string {
  if (!hint.test(text)) return text;
  return text.replace(pattern, (match, ...rest) => {
    const groups = rest.slice(
      0,
      rest.findIndex((item) => typeof item === 'number'),
    );
    const written = replace(match, ...groups);
    if (written !== match) count(counts, id);
    return written;
  });
}
