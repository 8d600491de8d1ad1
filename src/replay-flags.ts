import { Flags } from '@oclif/core';
import { usageError } from './core/errors.ts';
import { ruleFlags } from './rule-flags.ts';

/** Flags of `replay`. */
export const replayFlags = {
  ...ruleFlags,
  serve: Flags.integer({
    min: 0,
    max: 65_535,
    helpValue: '[PORT]',
    summary: 'Be a Kubernetes API on 127.0.0.1 (without PORT: any free one)',
  }),
  at: Flags.string({
    helpValue: 'TIME',
    summary: 'Stop at this moment: RFC 3339, or since the beginning (5m)',
    exclusive: ['speed', 'end'],
  }),
  speed: Flags.string({ helpValue: 'N', summary: 'N times as fast as it happened (printing: at once without it)', exclusive: ['end'] }),
  end: Flags.boolean({ summary: 'With --serve: stand still at the last state (default)' }),
  cluster: Flags.string({
    helpValue: 'ALIAS',
    summary: 'With --serve: which cluster of several (default: the first)',
    dependsOn: ['serve'],
  }),
  'kubeconfig-out': Flags.string({ helpValue: 'FILE', summary: 'With --serve: where the kubeconfig goes', default: 'replay.kubeconfig' }),
};

/** `--serve` without a number after it means any free port; a flag of oclif cannot have an optional value. */
export function withPort(argv: string[]): string[] {
  return argv.flatMap((word, index) => (word === '--serve' && !/^\d+$/.test(argv[index + 1] ?? '') ? [word, '0'] : [word]));
}

/** How many times as fast; undefined without the flag. Throws REPLAY_BAD_SPEED (exit code 2). */
export function speedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text);
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw usageError('REPLAY_BAD_SPEED', `--speed: found "${text}", expected a number above 0`, { suggestions: ['--speed 10'] });
}
