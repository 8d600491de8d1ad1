import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../core/errors.ts';

export default class Import extends BaseCommand {
  static override summary = "Make a capture of other tools' dumps and watch streams";
  static override description =
    `Reads watch streams (as the API server sends them, or kubectl get -w --output-watch-events -o json prints them) and point-in-time dumps (Kubernetes objects and Lists as JSON or YAML, kubectl cluster-info dump), with pod logs and metrics. Secrets are masked before anything is written. The same files give the same capture. Malformed files are reported and skipped (exit code 6).`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ./dump --cluster staging',
    {
      description: 'Import what kubectl cluster-info dump --all-namespaces --output-directory=dump has written',
      command: '<%= config.bin %> <%= command.id %> dump --out captures/monday',
    },
    '<%= config.bin %> <%= command.id %> events.ndjson pods.ndjson --format watch --json',
  ];
  static override strict = false;
  static override args = { path: Args.string({ description: 'File or folder to import; several are one capture', required: true }) };
  static override flags = {
    out: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      summary: 'Directory of the capture (default: ./captures/<cluster>-<time of the first record>)',
    }),
    cluster: Flags.string({ helpValue: 'NAME', summary: 'Name of the cluster the files come from', default: 'imported' }),
    format: Flags.string({ helpValue: 'FORMAT', summary: 'Format of the files: auto, watch or dump', default: 'auto' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Import);
    const { importCapture } = await import('../core/import.ts');
    const settings = await this.settings(flags.config);
    const result = await this.interruptible((signal) =>
      importCapture(argv as string[], {
        ...flags,
        dir: settings.captures.dir,
        signal,
        onProgress: (records) => records % 50_000 === 0 && this.progress(`${records} records`),
      }),
    );
    const { renderImport, renderSkipped } = await import('../render/import.ts');
    for (const line of renderSkipped(result)) process.stderr.write(`${line}\n`);
    if (result.skipped.length > 0) process.exitCode = exitCodes.incomplete;
    this.log(renderImport(result, this.config.bin));
    return result;
  }
}
