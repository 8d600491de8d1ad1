import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../../src/core/capture/read.ts';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { collect, newPath } from './drafts.ts';

const child = fileURLToPath(new URL('./killed-child.ts', import.meta.url));
const captures = 5;
const killsOfEach = 10;

type Report = { seq: number; ms: number };

/** Lets a recorder run for so long after its first report, kills it, and gives what it said. */
async function runAndKill(dir: string, forMs: number, maxBytes: string): Promise<Report[]> {
  const recorder = spawn(process.execPath, ['--import', 'tsx', child, dir, maxBytes], { stdio: ['ignore', 'pipe', 'inherit'] });
  const reports: Report[] = [];
  for await (const line of createInterface({ input: recorder.stdout })) {
    const [seq = Number.NaN, ms = Number.NaN] = line.split(' ').map(Number);
    reports.push({ seq, ms });
    if (ms - (reports[0]?.ms ?? ms) >= forMs) recorder.kill('SIGKILL');
  }
  return reports;
}

/** Kills a recorder again and again, each time a little later; how long before each kill the first lost record was written, in ms. */
async function killAgainAndAgain(dir: string, maxBytes = ''): Promise<number[]> {
  const losses: number[] = [];
  for (let kill = 0; kill < killsOfEach; kill += 1) {
    const reports = await runAndKill(dir, 1050 + kill * 37, maxBytes);
    const records = await collect(readCapture(dir));
    const seqs = records.map(({ seq }) => seq);
    const last = seqs.at(-1) ?? 0;
    if (maxBytes === '') expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1));
    expect(records.some((record) => record.kind === 'resource' && record.event.ref.name === 'still')).toBe(true);
    expect(reports.length).toBeGreaterThan(10);
    const lost = reports.find(({ seq }) => seq > last);
    losses.push(lost === undefined ? 0 : (reports.at(-1)?.ms ?? 0) - lost.ms);
  }
  const { writer } = await resumeCapture(dir, {});
  const { pruned } = await writer.close('stopped');
  expect(pruned !== undefined).toBe(maxBytes !== '');
  expect((await verifyCapture(dir)).problems).toEqual([]);
  return losses;
}

describe(`a recorder that is killed with kill -9, ${captures * killsOfEach} times in all`, () => {
  it('leaves no bad line, goes on every time, and loses no more than the last second', { timeout: 120_000 }, async () => {
    // The last two are kept small, so that they are killed while they prune as well.
    const limits = Array.from({ length: captures }, (_, index) => (index < captures - 2 ? '' : '200000'));
    const losses = await Promise.all(limits.map(async (maxBytes) => killAgainAndAgain(await newPath(), maxBytes)));
    expect(losses.flat()).toHaveLength(captures * killsOfEach);
    expect(Math.max(...losses.flat())).toBeLessThanOrEqual(1000);
  });
});
