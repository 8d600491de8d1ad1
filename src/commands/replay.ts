import { writeFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { usageError } from '../core/errors.ts';

export default class Replay extends BaseCommand {
  static override summary = 'Serve a capture as a read-only Kubernetes API';
  static override description =
    'kubectl, and whatever else reads a cluster, works against the recording: at its end (default), at any moment of it (--at), or while it unfolds (--speed). Runs until Ctrl-C.';
  static override examples = [
    { description: 'The last state of a capture', command: '<%= config.bin %> <%= command.id %> captures/shop --serve 6500' },
    {
      description: 'As it unfolded, ten times as fast',
      command: '<%= config.bin %> <%= command.id %> captures/shop --serve 6500 --speed 10 --kubeconfig-out shop.kubeconfig',
    },
  ];
  static override args = { capture: Args.string({ description: 'Directory of the capture', required: true }) };
  static override flags = {
    serve: Flags.integer({ required: true, min: 0, max: 65_535, helpValue: 'PORT', summary: 'Port on 127.0.0.1; 0 for any free one' }),
    at: Flags.string({ helpValue: 'TIME', summary: 'Stand still at this moment (RFC 3339)', exclusive: ['speed', 'end'] }),
    speed: Flags.string({ helpValue: 'N', summary: 'Let the recording unfold N times as fast as it happened', exclusive: ['end'] }),
    end: Flags.boolean({ summary: 'Stand still at the last state (default)' }),
    cluster: Flags.string({ helpValue: 'ALIAS', summary: 'Which cluster of a capture that holds several (default: the first)' }),
    'kubeconfig-out': Flags.string({ helpValue: 'FILE', summary: 'Where the kubeconfig goes', default: 'replay.kubeconfig' }),
  };

  async run(): Promise<{ url: string; kubeconfig: string }> {
    const { args, flags } = await this.parse(Replay);
    const { serveCapture } = await import('../core/replay/serve.ts');
    const { systemClock } = await import('../core/cluster/clock.ts');
    const speed = Number(flags.speed);
    if (flags.speed !== undefined && !(speed > 0)) {
      throw usageError('REPLAY_BAD_SPEED', `--speed: found "${flags.speed}", expected a number above 0`, { suggestions: ['--speed 10'] });
    }
    const moment = flags.speed === undefined ? { type: 'at' as const, at: flags.at ?? 'end' } : { type: 'run' as const, speed };
    const kubeconfig = flags['kubeconfig-out'];
    return this.interruptible(async (signal) => {
      const served = await serveCapture(args.capture, { port: flags.serve, cluster: flags.cluster, moment, clock: systemClock(), signal });
      try {
        await writeFile(kubeconfig, served.kubeconfig());
        this.progress(`serving ${args.capture} as of ${served.now()} at ${served.url}; stop with Ctrl-C`);
        this.progress(`kubectl --kubeconfig ${kubeconfig} get pods -A`);
        await Promise.race([served.done.then(() => new Promise<never>(() => undefined)), aborted(signal)]);
      } finally {
        await served.close();
      }
      return { url: served.url, kubeconfig };
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
