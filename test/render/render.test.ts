import { stripVTControlCharacters } from 'node:util';
import chalk from 'chalk';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLabels, defaultThresholds } from '../../src/core/check.ts';
import type { CaptureResult } from '../../src/core/generate.ts';
import { type Incident, summarizeLabels } from '../../src/core/incidents.ts';
import type { Label } from '../../src/core/model/label.ts';
import { printable } from '../../src/core/model/text.ts';
import { timelineOf } from '../../src/core/timeline.ts';
import { checkLines } from '../../src/render/check.ts';
import { captureName, generateProgress } from '../../src/render/generate-progress.ts';
import { incidentPage } from '../../src/render/incident.ts';
import { incidentTable } from '../../src/render/incidents.ts';
import { progressOn } from '../../src/render/progress.ts';
import { generateSummary } from '../../src/render/summary.ts';
import { textWidth } from '../../src/render/text.ts';
import { formatOffset } from '../../src/render/timeline.ts';
import { valueText } from '../../src/render/value.ts';
import { labelArbitrary, optimizationLabel, troubleshootingLabel } from '../core/label-arbitrary.ts';

const colour = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');

async function* streamOf(labels: Label[]) {
  yield* labels;
}

const captureOf = (captureId: string): CaptureResult => ({
  dir: `/data/${captureId}`,
  captureId,
  cluster: 'c',
  records: 10,
  incidents: 1,
  below: 1,
  gaps: 2,
  torn: [{ code: 'CAPTURE_TORN', message: 'ends inside a line\u001b[2J' } as CaptureResult['torn'][number]],
  unsized: [{ missing: 'needs 24 h', containers: 1 }],
  stored: { inserted: 1, updated: 0, unchanged: 0, removed: 1 },
  rejected: [{ id: 'abcdef0123', problems: ['POINTER_UNRESOLVED /evidence/0\u001b[2J'] }],
  ruleFailures: [{ ruleId: 'X-1', incident: 'i', message: 'boom\u001b[2J' }],
});

/** Everything that is printed about labels, at one width. */
async function everything(labels: Label[], width: number): Promise<string> {
  const summary = await summarizeLabels(streamOf(labels));
  const pages = await Promise.all(labels.map(async (label) => incidentPage({ label, timeline: await timelineOf(label, []) }, width)));
  const captures = [captureOf('cap-a'), captureOf('cap-b')];
  return [
    generateSummary({ captures, labels: summary, store: 'out/s.duckdb', seconds: 1 }, width),
    ...incidentTable(summary.incidents, width),
    checkLines(await checkLabels(streamOf(labels), { ...defaultThresholds, minQuality: 1 }), width),
    ...pages,
  ].join('\n');
}

function commandLines(label: Label): string[] {
  if (label.type !== 'troubleshooting') return [];
  return label.resolution.steps.flatMap(({ command }) => printable(command.replaceAll('\t', ' ')).split('\n')).map((line) => line.trim());
}

describe('what is printed about labels', () => {
  const { level } = chalk;
  beforeAll(() => {
    chalk.level = 3;
  });
  afterAll(() => {
    chalk.level = level;
  });

  it.each([60, 100, 140])('holds nothing untrusted that a terminal would obey, and fits %i columns', async (width) => {
    await fc.assert(
      fc.asyncProperty(fc.array(labelArbitrary(), { maxLength: 3 }), async (labels) => {
        const lines = (await everything(labels, width)).split('\n');
        const wide = lines.map((line) => stripVTControlCharacters(line)).filter((line) => textWidth(line) > width);
        // Commands to copy are never cut.
        const commands = labels.flatMap(commandLines);
        expect(wide.filter((line) => !line.includes('k8s-labeler ') && !commands.includes(line.trim().replace(/^\$ /, '')))).toEqual([]);
        const withoutColours = lines.map((line) => line.replace(colour, ''));
        expect(withoutColours.filter((line) => /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(line))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the summary of generate', () => {
  it('names what was left out and why', async () => {
    const labels = await summarizeLabels(streamOf([troubleshootingLabel()]));
    const text = generateSummary({ captures: [captureOf('cap-a')], labels, store: './k8s-labeler.duckdb', seconds: 1.26 }, 100);
    expect(text).toContain('1 capture · 10 records · 1 incident · 1 label · 1.3 s');
    expect(text).toContain('Rejected  label abcdef01: POINTER_UNRESOLVED /evidence/0\\x1b[2J');
    expect(text).toContain('Failed    rule X-1 threw: boom\\x1b[2J');
    expect(text).toContain('Torn      cap-a: ends inside a line\\x1b[2J');
    expect(text).toContain('Left out  1 label below the minimum quality');
    expect(text).toContain('Gaps      2 gaps in the recording');
    expect(text).toContain('Unsized   1 container: needs 24 h');
    expect(text).toMatch(/Next +k8s-labeler incident show incident {2,}# /);
  });

  it('says so when nothing was found, and tells that from labels that were left out', async () => {
    const labels = await summarizeLabels(streamOf([]));
    const said = (capture: CaptureResult) => generateSummary({ captures: [capture], labels, store: 's', seconds: 1 }, 100).split('\n')[2];
    expect(said({ ...captureOf('a'), below: 0, rejected: [] })).toBe('Nothing abnormal was found.');
    expect(said(captureOf('a'))).toBe('No label was stored; below is what was left out.');
  });

  it('adds up what containers lack over the captures', async () => {
    const labels = await summarizeLabels(streamOf([]));
    const lacking = (captureId: string, unsized: CaptureResult['unsized']) => ({ ...captureOf(captureId), unsized });
    const captures = [
      lacking('a', [{ missing: 'no usage', containers: 2 }]),
      lacking('b', [
        { missing: 'no usage', containers: 5 },
        { missing: 'else', containers: 1 },
      ]),
    ];
    const text = generateSummary({ captures, labels, store: 's', seconds: 1 }, 100);
    expect(text).toContain('Unsized   7 containers: no usage\n          1 container: else\n');
  });

  it('shows what a sizing changes to, however narrow the terminal', async () => {
    const labels = await summarizeLabels(streamOf([optimizationLabel(1)]));
    const [incident] = labels.incidents;
    const cause = 'container app: memory request 32Mi → 164Mi, memory limit 64Mi → 164Mi';
    const text = generateSummary(
      { captures: [], labels: { ...labels, incidents: [{ ...incident, cause } as Incident] }, store: 's', seconds: 1 },
      80,
    );
    expect(text).toContain(`\n    ${cause}\n`);
  });

  it('gives a long cause a second line, and leaves out the timestamp of the log line that it quotes', async () => {
    const root_cause = `Container db logs "2026-03-01 10:00:00.123 GMT [1] FATAL: no room" and then ends with an error that takes long to tell.`;
    const labels = await summarizeLabels(streamOf([troubleshootingLabel(1, { root_cause })]));
    const lines = generateSummary({ captures: [], labels, store: 's', seconds: 1 }, 80).split('\n');
    const at = lines.findIndex((line) => line.includes('Container db logs "FATAL: no room" and then ends'));
    expect(lines[at + 1]?.trim()).toMatch(/tell\.$/);
  });

  it('quotes the name of a store so that the commands can be copied', async () => {
    const labels = await summarizeLabels(streamOf([troubleshootingLabel()]));
    const text = generateSummary({ captures: [], labels, store: "my store's.duckdb", seconds: 1 }, 200);
    expect(text).toContain(`k8s-labeler check --store 'my store'\\''s.duckdb'`);
  });

  it('puts the cause beside the culprit on a wide terminal and below it on a narrow one', async () => {
    const labels = await summarizeLabels(streamOf([troubleshootingLabel()]));
    const at = (width: number) => generateSummary({ captures: [], labels, store: 's', seconds: 1 }, width).split('\n');
    expect(at(140)).toContain('HIGH      ContainerLimitOom  Deployment shop/cart-1  Its memory limit is below what it uses.');
    expect(at(60)).toContain('          Its memory limit is below what it uses.');
    expect(at(100)).toContain(
      '          └ Pod cart-1 …/terminated/reason  OOMKilled  (seq 1)'.replace(
        '…/terminated/reason',
        '/status/containerStatuses/0/lastState/terminated/reason',
      ),
    );
    expect(at(60)).toContain('          └ Pod cart-1 …/reason  OOMKilled  (seq 1)');
  });
});

describe('values', () => {
  it.each([
    [{ reason: 'OOMKilled', exitCode: 137, startedAt: 'x' }, 'OOMKilled, exit 137'],
    [{ reason: 'Error', exitCode: 139, signal: 11 }, 'Error, exit 139, signal 11'],
    [{ type: 'Ready', status: 'False', reason: 'NotReady', message: 'why' }, 'Ready False, NotReady: why'],
    [{ app: 'cart' }, '{"app":"cart"}'],
    [['a', 1], '["a",1]'],

    ['text', 'text'],
    [null, 'null'],
  ])('%j reads %s', (value, expected) => {
    expect(valueText(value)).toBe(expected);
  });

  it('beyond 2^53 keep every digit', () => {
    expect(valueText({ exact: 2n ** 60n })).toBe('{"exact":1152921504606846976}');
  });

  it.each([
    [0, '+0s'],
    [59, '+59s'],
    [185, '+3m05s'],
    [7620, '+2h07m'],
    [273_600, '+3d04h'],
  ])('%i seconds after the start are %s', (seconds, expected) => {
    expect(formatOffset(seconds)).toBe(expected);
  });
});

describe('progress', () => {
  function record(isTTY: boolean) {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) };
    const clock = () => now;
    const { onProgress } = generateProgress(progressOn(stream, clock), ['out/a', 'recordings/b/capture'], clock);
    const at = (time: number, capture: string, records: number) => {
      now = time;
      onProgress?.({ capture, records, labels: 3 });
    };
    return { written, at };
  }

  it('is one line that is rewritten on a terminal, not more often than eyes can follow', () => {
    const { written, at } = record(true);
    at(1000, 'out/a', 500);
    at(1010, 'out/a', 600);
    at(2000, 'recordings/b/capture', 400);
    expect(written.map((text) => stripVTControlCharacters(text)).filter((text) => text.trim() !== '')).toEqual([
      '\rcapture 1 of 2: a 500 records, 500 records/s, 3 incidents',
      '\rcapture 2 of 2: b 400 records, 500 records/s, 3 incidents',
    ]);
    expect(written.join('')).not.toContain('\n');
  });

  it('is a plain line per capture elsewhere', () => {
    const { written, at } = record(false);
    at(1000, 'out/a', 500);
    at(2000, 'out/a', 600);
    at(3000, 'recordings/b\u001b[2J', 400);
    expect(written).toEqual(['capture 1 of 2: a\n', 'capture 2 of 2: b\\x1b[2J\n']);
  });

  it('calls a recording by its name', () => {
    expect(['out/a', 'recordings/b/capture', 'capture', '/'].map(captureName)).toEqual(['a', 'b', '.', '']);
  });
});
