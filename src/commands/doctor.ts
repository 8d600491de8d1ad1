import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { DoctorReport } from '../core/doctor.ts';
import { exitCodes } from '../core/errors.ts';
import { clusterFlags } from '../record-flags.ts';
import { doctorPage } from '../render/doctor.ts';
import { widthOf } from '../render/text.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Check what a recording needs, and print the role that grants it';
  static override description =
    `Looks at this machine, the kubeconfig, the connection, the server's version and clock, what the cluster serves, and every right that record needs (SelfSubjectAccessReview). Says what a missing one costs and prints the least role that grants them all. Nothing is changed.

Exit code 0: everything can be recorded. 2: wrong kubeconfig or name. 4: a cluster does not answer. 6: rights are missing.`;
  static override examples = [
    { description: 'Look at the current context', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Grant what recording two namespaces needs',
      command: '<%= config.bin %> <%= command.id %> -n shop -n payments --print-rbac | kubectl apply -f -',
    },
  ];
  static override flags = {
    ...clusterFlags,
    network: Flags.boolean({ summary: 'Ask for the right to network figures too (nodes/proxy)' }),
    'print-rbac': Flags.boolean({ summary: 'Print the role and nothing else, as YAML' }),
  };

  async run(): Promise<DoctorReport> {
    const { flags } = await this.parse(Doctor);
    const { captures } = await this.settings(flags.config);
    const { examine } = await import('../core/doctor.ts');
    const { systemClock } = await import('../core/cluster/clock.ts');
    const report = await this.interruptible((signal) =>
      examine({
        ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
        contexts: flags.context ?? [],
        namespaces: flags.namespace ?? [],
        resources: (flags.resource ?? []).flatMap((names) => names.split(',')),
        network: flags.network,
        capturesDir: captures.dir,
        nodeVersion: process.version,
        clock: systemClock(),
        signal,
      }),
    );
    const page = doctorPage(report, widthOf(process.stdout));
    if (!flags['print-rbac']) await this.page(page);
    else if (report.exitCode === 0 || report.exitCode === exitCodes.incomplete) {
      const manifests = new Set(report.clusters.flatMap(({ grant }) => grant?.manifests ?? []));
      this.log([...manifests].join('---\n').trimEnd());
      // Whoever asks for the role has it, whether or not it is granted already.
      return report;
    } else this.logToStderr(page);
    process.exitCode ||= report.exitCode;
    return report;
  }
}
