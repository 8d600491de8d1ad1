import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Replay from '../../src/commands/replay.ts';
import { withPort } from '../../src/replay-flags.ts';
import { root } from '../source.ts';
import { runCommand } from './cli.ts';

const capture = `${root}/recordings/oomkilled-leak/capture`;
const plain = (text: string) => text.replace(/\p{Cc}\[\d+m/gu, '');

describe('replay', () => {
  it('prints what happened, the incident once it is proven, and the labels at the end', async () => {
    const { stdout, exitCode } = await runCommand(Replay, capture);
    const text = plain(stdout);
    expect(text).toMatch(/\+ Deployment case-07\/inventory ready 0\/1/);
    expect(text).toMatch(/! Pod case-07\/inventory-\S+ BackOff: Back-off restarting failed/);
    expect(text).toMatch(/HIGH +ContainerLimitOom +Deployment case-07\/inventory/);
    expect(text.trimEnd().split('\n').at(-2)).toMatch(/label [0-9a-f]{8} +high ContainerLimitOom, Deployment case-07\/inventory/);
    expect(exitCode).toBe(0);
  });

  it('shows how things stood at a moment', async () => {
    const { stdout } = await runCommand(Replay, capture, '--at', '8m');
    expect(plain(stdout)).toMatch(
      /Not well\n +Deployment case-07\/inventory ready 0\/1[\s\S]*Incidents\nHIGH +ContainerLimitOom[\s\S]*Last Events/,
    );
  });

  it('is one JSON document with --json', async () => {
    const { stdout } = await runCommand(Replay, capture, '--json');
    const { entries } = JSON.parse(stdout);
    expect(new Set(entries.map(({ type }: { type: string }) => type))).toEqual(new Set(['object', 'event', 'incident', 'label']));
  });

  it.each([
    [['--at', 'noon'], 'REPLAY_BAD_TIME'],
    [['--at', '9h'], 'REPLAY_OUTSIDE'],
    [['--speed', '-1'], 'REPLAY_BAD_SPEED'],
  ])('refuses %j as a mistake of usage', async (args, code) => {
    const { stdout, exitCode } = await runCommand(Replay, capture, ...args, '--json');
    expect(JSON.parse(stdout).error.code).toBe(code);
    expect(exitCode).toBe(2);
  });

  it('takes --serve with and without a port', () => {
    expect(withPort(['a', '--serve', '6500'])).toEqual(['a', '--serve', '6500']);
    expect(withPort(['a', '--serve'])).toEqual(['a', '--serve', '0']);
    expect(withPort(['--serve', 'captures/a', '--end'])).toEqual(['--serve', '0', 'captures/a', '--end']);
  });

  it('serves the capture until it is stopped, and writes a kubeconfig', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
    const kubeconfig = join(dir, 'k.cfg');
    const running = runCommand(Replay, capture, '--serve', '--kubeconfig-out', kubeconfig);
    let server: string | undefined;
    while (server === undefined) {
      const text = await readFile(kubeconfig, 'utf8').catch(() => '');
      server = /server: "?(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const pods = (await (await fetch(`${server}/api/v1/pods`)).json()) as { items: object[] };
    expect(pods.items.length).toBeGreaterThan(0);
    process.emit('SIGINT', 'SIGINT');
    const { stderr, exitCode } = await running;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/serving .* at http:\/\/127\.0\.0\.1:/);
    await rm(dir, { recursive: true });
  });
});
