import { basename, dirname } from 'node:path';
import type { GenerateOptions } from '../core/generate.ts';
import type { Progress } from './progress.ts';
import { counted } from './text.ts';

/** What people call a capture: the name of its directory, or of the recording that it belongs to. */
export function captureName(dir: string): string {
  const name = basename(dir);
  return name === 'capture' || name === '.' ? basename(dirname(dir)) || name : name;
}

/** The callback for `generate` that keeps a progress line: capture i of n, records, records per second. Nothing without a line. */
export function generateProgress(
  progress: Progress | undefined,
  dirs: readonly string[],
  now: () => number = Date.now,
): Pick<GenerateOptions, 'onProgress'> {
  if (progress === undefined) return {};
  const started = now();
  const records = new Map<string, number>();
  let total = 0;
  return {
    onProgress(report) {
      total += report.records - (records.get(report.capture) ?? 0);
      if (!records.has(report.capture)) progress.done(`capture ${records.size + 1} of ${dirs.length}: ${captureName(report.capture)}`);
      records.set(report.capture, report.records);
      const seconds = Math.max((now() - started) / 1000, 0.001);
      progress.update(
        () =>
          `capture ${records.size} of ${dirs.length}: ${captureName(report.capture)}  ${counted(report.records, 'record')}, ` +
          `${Math.round(total / seconds).toLocaleString('en-US')} records/s, ${counted(report.labels, 'incident')}`,
      );
    },
  };
}
