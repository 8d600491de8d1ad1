import { writeFile } from 'node:fs/promises';
import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { ReplayEntry, ReplayMoment } from '../core/replay.ts';
import { widthOf } from '../render/text.ts';
import { replayFlags, speedOf, withPort } from '../replay-flags.ts';

type Replayed = { url: string; kubeconfig: string } | ReplayMoment | { entries: ReplayEntry[] };

export default class Replay extends BaseCommand {
  static override summary = 'Show a capture as it unfolded, or serve it as a read-only Kubernetes API';
  static override description =
    'Prints what happened in order: objects, Events, incidents as they are found, and the labels that generate makes. --speed lets it take its time, --at stops at a moment and shows how things stood. With --serve, kubectl and whatever else reads a cluster works against the recording: at its end (default), at a moment (--at), or while it unfolds (--speed), until Ctrl-C.';
  static override examples = [
    { description: 'What happened, ten times as fast', command: '<%= config.bin %> <%= command.id %> captures/shop --speed 10' },
    { description: 'How things stood after five minutes', command: '<%= config.bin %> <%= command.id %> captures/shop --at 5m' },
    { description: 'The last state for kubectl', command: '<%= config.bin %> <%= command.id %> captures/shop --serve 6500' },
    {
      description: 'An API that lives through the recording',
      command: '<%= config.bin %> <%= command.id %> captures/shop --serve 6500 --speed 10 --kubeconfig-out shop.kubeconfig',
    },
  ];
  static override args = { capture: Args.string({ description: 'Directory of the capture', required: true }) };
  static override flags = replayFlags;

  async run(): Promise<Replayed> {
    this.argv = withPort(this.argv);
    const { args, flags } = await this.parse(Replay);
    const speed = speedOf(flags.speed);
    if (flags.serve !== undefined) return this.serve(args.capture, { ...flags, serve: flags.serve }, speed);
    const { problems: _, ...set } = await this.ruleSet(await this.settings(flags.config), flags.rules);
    const { systemClock } = await import('../core/cluster/clock.ts');
    const { replayCapture, replayMoment } = await import('../core/replay.ts');
    const { momentPage, replayPrinter } = await import('../render/replay.ts');
    const options = { ...set, clock: systemClock(), ...(speed === undefined ? {} : { speed }) };
    return this.interruptible(async (signal) => {
      const { at } = flags;
      if (at !== undefined || flags.end) {
        const moment = await replayMoment(args.capture, at ?? 'end', { ...options, signal });
        this.log(momentPage(moment, widthOf(process.stdout)));
        return moment;
      }
      const print = replayPrinter(() => widthOf(process.stdout));
      const entries: ReplayEntry[] = [];
      for await (const entry of replayCapture(args.capture, { ...options, signal })) {
        if (this.jsonEnabled()) entries.push(entry);
        else for (const line of print(entry)) this.log(line);
      }
      return { entries };
    });
  }

  private async serve(capture: string, flags: { serve: number; at?: string; cluster?: string; 'kubeconfig-out': string }, speed?: number) {
    const { serveCapture } = await import('../core/replay/serve.ts');
    const { systemClock } = await import('../core/cluster/clock.ts');
    const moment = speed === undefined ? { type: 'at' as const, at: flags.at ?? 'end' } : { type: 'run' as const, speed };
    const kubeconfig = flags['kubeconfig-out'];
    return this.interruptible(async (signal) => {
      const served = await serveCapture(capture, { port: flags.serve, cluster: flags.cluster, moment, clock: systemClock(), signal });
      try {
        await writeFile(kubeconfig, served.kubeconfig());
        this.progress(`serving ${capture} as of ${served.now()} at ${served.url}; stop with Ctrl-C`);
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
