import { describe, expect, it } from 'vitest';
import { type LabelTally, newLabelTally } from '../../src/core/label-tally.ts';
import type { RecordStatus } from '../../src/core/record.ts';
import { progressOn } from '../../src/render/progress.ts';
import { changeLines, watchPage, watchReporter } from '../../src/render/watch.ts';
import { troubleshootingLabel } from '../core/label-arbitrary.ts';

const label = troubleshootingLabel(1, { severity: 'high' });
const tally = (more: Partial<LabelTally> = {}): LabelTally => ({ ...newLabelTally(), ...more });

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 200, write: (text: string) => written.push(text) } };
}

const status = {
  seconds: 1,
  clusters: [],
  tally: { records: {}, total: 7, gaps: 0, drops: 0, coverage: new Map(), lastAt: new Map() },
  bytes: 0,
  lagMs: 0,
};

describe('what watch shows', () => {
  it('is a new fault in full: its severity, reason, culprit, cause and strongest proof', () => {
    const text = changeLines({ type: 'new', label }, 100).join('\n');
    for (const part of ['HIGH', label.reason, label.resource.name, `seq ${label.evidence[0]?.seq}`]) expect(text).toContain(part);
  });

  it('is one line when an incident turns out to be something else, and none when only its details change', () => {
    expect(changeLines({ type: 'updated', label, before: troubleshootingLabel(1, { severity: 'high', answer: 'x' }) }, 100)).toEqual([]);
    const before = troubleshootingLabel(1, { severity: 'low', reason: 'AppStartupError', category: 'application' });
    const lines = changeLines({ type: 'updated', label, before }, 200);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`now: high ${label.reason}`);
    expect(lines[0]).toContain('was low AppStartupError');
    expect(changeLines({ type: 'removed', label }, 200)[0]).toContain('no more: high');
  });

  it('is one line for what is no fault, and never an escape out of a name', () => {
    const quiet = troubleshootingLabel(1, { category: 'none', reason: 'InProgress', severity: 'info' });
    quiet.resource.name = 'cart\u001b[31m\nx';
    const lines = changeLines({ type: 'new', label: quiet }, 80);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\u001b[31m');
    expect(lines[0]).not.toContain('\n');
  });

  it('has the labels in the status line, and warns once while somebody else has the store open', () => {
    const { written, stream } = terminal(true);
    const printed: string[] = [];
    const reporter = watchReporter(
      progressOn(stream, () => written.length * 1000),
      'captures/x',
      (text) => printed.push(text),
      () => 100,
    );
    const now = tally({ inserted: 3, removed: 1, waits: [400, 1200], locked: 1 });
    reporter.onStatus?.(status as RecordStatus, now);
    reporter.onStatus?.(status as RecordStatus, now);
    expect(written.join('')).toContain('2 labels, stored within 1.2 s');
    expect(written.filter((text) => text.includes('another process'))).toHaveLength(1);
    reporter.onRefresh?.(
      {
        stored: { inserted: 1, updated: 0, unchanged: 0, removed: 0 },
        changes: [{ type: 'new', label }],
        waitedMs: 1,
        latenciesMs: [],
        rejected: [],
        ids: [],
      },
      now,
    );
    expect(printed.join('\n')).toContain(label.reason);
  });

  it('ends with how fast labels were stored, and whether the whole capture says the same', () => {
    const labels = tally({ inserted: 2, updated: 5, waits: [100, 200, 900], latencies: [3000] });
    const page = watchPage({ labels }, "it's.duckdb", 120);
    expect(page).toContain('2 new, 5 updated, 0 removed');
    expect(page).toContain('0.2 s (95 %: 0.9 s, at most 0.9 s)');
    expect(page).toContain('its oldest part was dropped');
    const stored = { inserted: 0, updated: 1, unchanged: 1, removed: 0 };
    expect(watchPage({ labels, capture: { stored } as never }, 'x', 120)).toContain(
      '1 label as generate makes them of the whole capture; 0 added, 1 corrected',
    );
  });
});
