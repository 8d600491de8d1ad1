import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import CaptureInfo from '../../src/commands/capture/info.ts';
import CaptureVerify from '../../src/commands/capture/verify.ts';
import Check from '../../src/commands/check.ts';
import Diff from '../../src/commands/diff.ts';
import Export from '../../src/commands/export.ts';
import Generate from '../../src/commands/generate.ts';
import IncidentList from '../../src/commands/incident/list.ts';
import IncidentShow from '../../src/commands/incident/show.ts';
import QualityRescore from '../../src/commands/quality/rescore.ts';
import QualityShow from '../../src/commands/quality/show.ts';
import Replay from '../../src/commands/replay.ts';
import Report from '../../src/commands/report.ts';
import Review from '../../src/commands/review.ts';
import RulesExplain from '../../src/commands/rules/explain.ts';
import RulesList from '../../src/commands/rules/list.ts';
import RulesStats from '../../src/commands/rules/stats.ts';
import Stats from '../../src/commands/stats.ts';
import StoreInfo from '../../src/commands/store/info.ts';
import Validate from '../../src/commands/validate.ts';
import { listIncidents } from '../../src/core/incidents.ts';
import { openStore } from '../../src/core/store/open.ts';
import { textWidth } from '../../src/render/text.ts';
import { runCommand } from './cli.ts';

let dir: string;
let store: string;
let incident: string;
const recording = join(import.meta.dirname, '../../recordings/oomkilled-leak/capture');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'narrow-'));
  store = join(dir, 'labels.duckdb');
  await runCommand(Generate, '--demo', '--store', store);
  await (await openStore(join(dir, 'empty.duckdb'))).close();
  const opened = await openStore(store, { readOnly: true });
  incident = (await listIncidents(opened, {})).incidents[0]?.id ?? '';
  await opened.close();
  await writeFile(join(dir, 'rows.jsonl'), '{"messages": [{"role": "user", "content": "why?"}]}\n');
}, 60_000);
afterAll(() => rm(dir, { recursive: true }));

const columns = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
afterEach(() => {
  if (columns === undefined) Reflect.deleteProperty(process.stdout, 'columns');
  else Object.defineProperty(process.stdout, 'columns', columns);
});

describe.each([40, 60, 80])('on a terminal of %i columns', (width) => {
  const pages: [string, Parameters<typeof runCommand>[0], () => string[]][] = [
    ['incident list --all', IncidentList, () => ['--all', '--store', store]],
    ['incident show', IncidentShow, () => [incident, '--store', store]],
    ['quality show', QualityShow, () => [incident, '--store', store]],
    ['quality rescore', QualityRescore, () => [recording, '--dry-run', '--store', store]],
    ['rules list', RulesList, () => []],
    ['rules list --missing', RulesList, () => ['--missing']],
    ['rules explain', RulesExplain, () => ['ContainerLimitOom']],
    ['rules stats --all', RulesStats, () => ['--all', '--store', store]],
    ['stats --all', Stats, () => ['--all', '--store', store]],
    ['store info', StoreInfo, () => ['--store', store]],
    ['review --list', Review, () => ['--list', '--reviewer', 'Ada', '--store', store]],
    ['check', Check, () => ['--store', store]],
    ['diff', Diff, () => [store, join(dir, 'empty.duckdb')]],
    ['capture info', CaptureInfo, () => [recording]],
    ['capture verify', CaptureVerify, () => [recording]],
    ['replay --at', Replay, () => [recording, '--at', '1m']],
    ['replay', Replay, () => [recording]],
    ['generate', Generate, () => [recording, '--store', join(dir, 'one.duckdb')]],
    ['export --to', Export, () => ['--to', 'trl', '--store', store, '--out', join(dir, `trl-${width}`)]],
    ['export --format', Export, () => ['--format', 'jsonl', '--store', store, '--out', join(dir, 'labels.jsonl')]],
    ['report', Report, () => ['--store', store, '--out', join(dir, 'report.html')]],
    ['validate', Validate, () => [join(dir, 'rows.jsonl'), '--for', 'trl']],
  ];

  it.each(pages)('no line of %s is wider', async (_, command, args) => {
    Object.defineProperty(process.stdout, 'columns', { value: width, configurable: true });
    const { stdout, stderr, exitCode } = await runCommand(command, ...args());
    expect([0, 6]).toContain(exitCode);
    const lines = stripVTControlCharacters(`${stdout}\n${stderr}`).split('\n');
    expect(lines.filter((line) => textWidth(line) > width && !isOneWord(line, width))).toEqual([]);
  });
});

/** Paths, checksums and commands are to be copied whole. */
function isOneWord(line: string, width: number): boolean {
  return line.includes(dir) || line.split(' ').some((word) => textWidth(word) > width - 16);
}
