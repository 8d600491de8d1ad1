import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../core/errors.ts';
import type { WatchResult } from '../core/watch.ts';
import { recordFlags, recordRequest } from '../record-flags.ts';
import { widthOf } from '../render/text.ts';
import { ruleFlags } from '../rule-flags.ts';

type Watched = {
  recording: Omit<WatchResult['recording'], 'tally'> & { records: { [kind: string]: number } };
  labels: Omit<WatchResult['labels'], 'waits' | 'latencies'>;
  latencyMs: { fromRecord?: Spread; fromEvidence?: Spread };
  capture?: WatchResult['capture'];
  store: string;
};

type Spread = { p50: number; p95: number; max: number };

export default class Watch extends BaseCommand {
  static override summary = 'Record a live cluster and label its incidents as they happen';
  static override description =
    `Does what record does, and keeps the label store up to date meanwhile: at any moment it holds what generate would make of the recording if it ended now. An incident is stored within seconds of its evidence, its label follows later evidence, and an incident that turns out to be the effect of another gives way to it. Other commands can read the store in between. When recording ends, the capture is gone through once more, so that the labels are those of generate. With --resume the incidents of the capture go on as the same ones.

Exit code 4: no cluster answered, or nothing may be read. 5: the store failed; the capture is kept, and generate makes its labels. 6: with --strict, there were gaps. 130 after Ctrl-C; a second Ctrl-C does not wait for the last pass.`;
  static override examples = [
    { description: 'Label the incidents of the current context until Ctrl-C', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Watch two namespaces for an hour',
      command: '<%= config.bin %> <%= command.id %> -n shop -n payments --duration 1h --out captures/monday',
    },
    { description: 'Go on after a restart', command: '<%= config.bin %> <%= command.id %> --out captures/monday --resume' },
  ];
  static override flags = {
    ...recordFlags,
    ...ruleFlags,
    store: Flags.string({ summary: 'Label store to write (default: store.path of the configuration)', helpValue: 'FILE' }),
    'min-quality': Flags.string({ summary: 'Store only labels with at least this overall score, 0 to 1', helpValue: 'SCORE' }),
  };

  async run(): Promise<Watched> {
    const { flags } = await this.parse(Watch);
    const { config, problems: _, ...set } = await this.ruleSet(await this.settings(flags.config), flags.rules);
    const { qualityBound } = await import('../core/export/filter.ts');
    const minQuality = flags['min-quality'] === undefined ? {} : { minQuality: qualityBound(flags['min-quality']) };
    const store = flags.store ?? config.store.path;
    const request = await recordRequest(flags, config.captures);
    const { openStore } = await import('../core/store/open.ts');
    const { watchClusters } = await import('../core/watch.ts');
    const { spreadOf } = await import('../core/label-tally.ts');
    const { watchPage, watchReporter } = await import('../render/watch.ts');
    const { recordPage } = await import('../render/record.ts');
    const progress = this.progressLine();
    const width = () => widthOf(process.stdout);
    const reporter = watchReporter(progress, request.out, (text) => this.log(text), width);
    const options = { ...set, config, store: () => openStore(store), ...minQuality, ...reporter };
    try {
      const result = await this.interruptible((signal) => watchClusters({ ...request, signal }, options));
      progress?.clear();
      const { tally, ...recording } = result.recording;
      this.log(`${recordPage(result.recording, width(), '')}\n${watchPage(result, store, width())}`);
      if (flags.strict && tally.gaps > 0) process.exitCode ||= exitCodes.incomplete;
      const { waits, latencies, ...labels } = result.labels;
      const latencyMs = { fromRecord: spreadOf(waits), fromEvidence: spreadOf(latencies) };
      return { recording: { ...recording, records: tally.records }, labels, latencyMs, capture: result.capture, store };
    } finally {
      progress?.clear();
      for (const client of request.clients) client.close();
    }
  }
}
