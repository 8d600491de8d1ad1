import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { oneLine } from '../../core/model/text.ts';
import type { StoreInfo as Info } from '../../core/store/store.ts';

export default class StoreInfo extends BaseCommand {
  static override summary = 'Show what a label store holds';
  static override description =
    'Counts per table, type, cluster, category, reason and severity, quality, captures, and the versions that wrote them.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --store out/demo.duckdb --json'];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  };

  async run(): Promise<Info> {
    const { flags } = await this.parse(StoreInfo);
    const { openStore } = await import('../../core/store/open.ts');
    const { loadConfig } = await import('../../core/config.ts');
    const store = await openStore(flags.store ?? (await loadConfig()).store.path, { readOnly: true });
    try {
      const info = await store.info();
      this.log(describe(info));
      return info;
    } finally {
      await store.close();
    }
  }
}

function describe(info: Info): string {
  const { quality } = info;
  const lines: [string, string][] = [
    ['Store', `${info.url}, schema ${info.schemaVersion}, ${(info.bytes / 1024 / 1024).toFixed(1)} MiB`],
    ['Rows', list(info.rows)],
    ['Types', list(info.types)],
    ['Clusters', list(info.clusters)],
    ['Categories', list(info.categories)],
    ['Reasons', list(info.reasons)],
    ['Severities', list(info.severities)],
    [
      'Quality',
      quality === null
        ? '–'
        : Object.entries(quality)
            .map(([name, value]) => `${name} ${value.toFixed(2)}`)
            .join(', '),
    ],
    ['Written by', list(info.toolVersions)],
    ...info.captures.map((capture): [string, string] => [
      'Capture',
      `${capture.captureId}, cluster ${capture.cluster}: ${capture.labels} labels from ${capture.oldest} to ${capture.newest}`,
    ]),
  ];
  return lines.map(([name, text]) => `${name.padEnd(11)} ${oneLine(text, 2000)}`).join('\n');
}

function list(counts: Record<string, number>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || '–'
  );
}
