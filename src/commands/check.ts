import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { CheckReport } from '../core/check.ts';
import { exitCodes } from '../core/errors.ts';
import type { LabelType } from '../core/model/label.ts';
import { checkLines } from '../render/check.ts';
import { widthOf } from '../render/text.ts';

const types: LabelType[] = ['troubleshooting', 'resource_optimization'];

export default class Check extends BaseCommand {
  static override summary = 'Hold the labels of a store against thresholds, for CI pipelines';
  static override description =
    `Each threshold is one check. Exit code 0: all passed; 6: at least one was missed. Without a threshold, incidents of severity high or critical fail the check. --type, --cluster, --namespace, --since and --until say which labels are looked at; --since and --until take a time or a duration counted back from the newest label.`;
  static override examples = [
    { description: 'Fail on any incident of severity high or critical', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Fail on any OOM kill, and from three incidents of severity medium on',
      command: '<%= config.bin %> <%= command.id %> --max-reason ContainerLimitOom=0 --fail-on medium:3',
    },
    {
      description: 'Keep a dataset large and good enough',
      command: '<%= config.bin %> <%= command.id %> --min-labels 500 --min-quality 0.6 --require-reason ImageNotFound',
    },
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    'fail-on': Flags.string({
      multiple: true,
      helpValue: 'SEVERITY[:COUNT]',
      summary: 'Fail if COUNT (default 1) or more incidents have this severity or worse',
    }),
    'max-reason': Flags.string({ multiple: true, helpValue: 'REASON=N', summary: 'Fail if more than N labels have this reason' }),
    'require-reason': Flags.string({ multiple: true, helpValue: 'REASON', summary: 'Fail if no label has this reason' }),
    'min-labels': Flags.integer({ min: 0, helpValue: 'N', summary: 'Fail if there are fewer labels' }),
    'min-quality': Flags.string({ helpValue: 'SCORE', summary: 'Fail if a label has a lower overall score, 0 to 1' }),
    type: Flags.option({ options: types, summary: 'Only labels of this type' })(),
    cluster: Flags.string({ helpValue: 'ID', summary: 'Only labels of this cluster' }),
    namespace: Flags.string({ char: 'n', helpValue: 'NAME', summary: 'Only labels of resources in this namespace' }),
    since: Flags.string({ helpValue: 'TIME', summary: 'Only labels from this time on' }),
    until: Flags.string({ helpValue: 'TIME', summary: 'Only labels before this time' }),
  };

  async run(): Promise<CheckReport> {
    const { flags } = await this.parse(Check);
    const { checkLabels, thresholdsOf } = await import('../core/check.ts');
    const { selectLabels } = await import('../core/incidents.ts');
    const { openStore } = await import('../core/store/open.ts');
    const thresholds = thresholdsOf({
      failOn: flags['fail-on'],
      maxReason: flags['max-reason'],
      requireReason: flags['require-reason'],
      minLabels: flags['min-labels'],
      minQuality: flags['min-quality'],
    });
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const { type, cluster, namespace, since, until } = flags;
      const report = await checkLabels(selectLabels(store, { type, cluster, namespace, since, until }), thresholds);
      if (report.labels === 0) this.warn('no label was looked at: either nothing was abnormal, or nothing was generated or selected');
      this.log(checkLines(report, widthOf(process.stdout)));
      if (!report.passed) process.exitCode = exitCodes.incomplete;
      return report;
    } finally {
      await store.close();
    }
  }
}
