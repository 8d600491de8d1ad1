import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../core/errors.ts';
import type { CaptureResult } from '../core/generate.ts';
import type { LabelSummary } from '../core/incidents.ts';
import type { LabelType } from '../core/model/label.ts';
import { widthOf } from '../render/text.ts';
import { ruleFlags } from '../rule-flags.ts';

const types: LabelType[] = ['troubleshooting', 'resource_optimization'];

type Generated = {
  captures: CaptureResult[];
  labels: Pick<LabelSummary, 'byReason' | 'bySeverity'> & { total: number };
  quality: LabelSummary['quality'];
  store: string;
};

export default class Generate extends BaseCommand {
  static override summary = 'Find the incidents in captures, explain them, and store labels';
  static override description =
    `Reads captures, finds incidents, explains each with the evidence it cites, scores the labels and stores them. A capture's labels replace those of an earlier run, so that running it again changes nothing. Without CAPTURE, all captures below captures.dir of the configuration (default ./captures) are read. A folder that holds captures stands for all of them.

Exit code 6: labels were stored, but the end of a capture was torn off, a rule failed or could not be read, or a label was rejected by validation.`;
  static override examples = [
    { description: 'See it work on the bundled recordings of real faults', command: '<%= config.bin %> <%= command.id %> --demo' },
    { description: 'Label all captures below ./captures', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Label one capture', command: '<%= config.bin %> <%= command.id %> out/capture --store out/labels.duckdb' },
  ];
  static override strict = false;
  static override args = { capture: Args.string({ description: 'Captures, or folders of captures', name: 'CAPTURE…' }) };
  static override flags = {
    store: Flags.string({ summary: 'Label store to write (default: store.path of the configuration)', helpValue: 'FILE' }),
    ...ruleFlags,
    explain: Flags.boolean({ summary: 'Print every incident in full afterwards: timeline, cause, proof, what else was considered' }),
    demo: Flags.boolean({ summary: 'Use the bundled recordings' }),
    type: Flags.option({ options: types, summary: 'Only make labels of this type' })(),
    'min-quality': Flags.string({ summary: 'Store only labels with at least this overall score, 0 to 1', helpValue: 'SCORE' }),
  };

  async run(): Promise<Generated> {
    const { flags, argv } = await this.parse(Generate);
    const { config, problems, ...set } = await this.ruleSet(await this.settings(flags.config), flags.rules);
    const { qualityBound } = await import('../core/export/filter.ts');
    const minQuality = flags['min-quality'] === undefined ? undefined : qualityBound(flags['min-quality']);
    const dirs = await this.captures(argv as string[], flags.demo, config.captures.dir);
    const url = flags.store ?? config.store.path;
    const { openStore } = await import('../core/store/open.ts');
    const { generate } = await import('../core/generate.ts');
    const { labelsOfCaptures, shownIncidents, summarizeLabels } = await import('../core/incidents.ts');
    const { generateProgress } = await import('../render/generate-progress.ts');
    const { generateSummary } = await import('../render/summary.ts');
    const started = performance.now();
    const store = await openStore(url);
    const progress = this.progressLine();
    try {
      const createdAt = new Date().toISOString();
      const options = { ...set, store, config, createdAt, minQuality, type: flags.type };
      const watch = generateProgress(progress, dirs);
      const captures = await this.interruptible((signal) => generate(dirs, { ...options, signal, ...watch }));
      progress?.clear();
      const labels = await summarizeLabels(labelsOfCaptures(store, captures));
      const seconds = (performance.now() - started) / 1000;
      this.log(generateSummary({ captures, labels, store: url, seconds }, widthOf(process.stdout)));
      if (flags.explain) {
        const { incidentPage } = await import('../render/incident.ts');
        const shown = shownIncidents(store, labelsOfCaptures(store, captures));
        for await (const one of shown) this.log(`\n${'─'.repeat(60)}\n${incidentPage(one, widthOf(process.stdout))}`);
      }
      if (captures.some(incomplete) || problems.length > 0) process.exitCode = exitCodes.incomplete;
      const { byReason, bySeverity, quality, incidents } = labels;
      return { captures, labels: { total: incidents.length, byReason, bySeverity }, quality, store: url };
    } finally {
      progress?.clear();
      await store.close();
    }
  }

  private async captures(paths: string[], demo: boolean, dir: string): Promise<string[]> {
    const { bundledCaptures, captureDirs, checkedCaptures, defaultCaptures } = await import('../core/captures.ts');
    const bundled = demo ? await bundledCaptures() : [];
    const named = paths.length > 0 || demo ? await captureDirs(paths) : await defaultCaptures(dir);
    return checkedCaptures([...bundled, ...named]);
  }
}

function incomplete({ torn, rejected, ruleFailures }: CaptureResult): boolean {
  return torn.length + rejected.length + ruleFailures.length > 0;
}
