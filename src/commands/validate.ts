import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../core/errors.ts';
import { oneLine } from '../core/model/text.ts';
import type { ValidationReport } from '../core/validate.ts';

const consumers = ['openai', 'openai-dpo', 'trl', 'axolotl', 'llama-factory', 'alpaca', 'sharegpt', 'hf'] as const;

export default class Validate extends BaseCommand {
  static override summary = 'Check a dataset against the rules of the trainer that will read it';
  static override description =
    `Reads JSON Lines, JSON, CSV and Parquet files, or a folder of them, of this tool or of others, and checks every row against the consumer's real rules, with file, line and JSON pointer, before a trainer drops rows silently. A folder may be what export --to has written. Exit code 6 when there are errors, or warnings with --strict.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> out/trl --for trl',
    '<%= config.bin %> <%= command.id %> train.jsonl --for openai --max-tokens 16384',
    {
      description: 'See what a model sees, and keep the report',
      command: '<%= config.bin %> <%= command.id %> out/axolotl --for axolotl --chat-template tokenizer_config.json --out report.json',
    },
  ];
  static override args = { path: Args.string({ description: 'Dataset file or folder', required: true }) };
  static override flags = {
    for: Flags.option({ options: consumers, summary: 'Who will read it (default: what the folder tells, if that is clear)' })(),
    'chat-template': Flags.string({ helpValue: 'FILE', summary: "Render each row with a model's Jinja template or tokenizer_config.json" }),
    'max-tokens': Flags.integer({ min: 1, helpValue: 'N', summary: 'Report rows above N tokens (o200k_base; needs gpt-tokenizer)' }),
    tokens: Flags.boolean({ summary: 'Count tokens and show how long rows are (needs gpt-tokenizer)' }),
    strict: Flags.boolean({ summary: 'Let warnings fail, too' }),
    limit: Flags.integer({ min: 1, default: 1000, helpValue: 'N', summary: 'Findings to keep for --json and --out; counts stay exact' }),
    out: Flags.string({ char: 'o', helpValue: 'FILE', summary: 'Write the report as JSON' }),
  };

  async run(): Promise<ValidationReport> {
    const { args, flags } = await this.parse(Validate);
    const { validate, writeReport } = await import('../core/validate.ts');
    const { validationPage } = await import('../render/validate.ts');
    const { widthOf } = await import('../render/text.ts');
    const report = await validate(args.path, {
      consumer: flags.for,
      chatTemplate: flags['chat-template'],
      maxTokens: flags['max-tokens'],
      tokens: flags.tokens,
      strict: flags.strict,
      limit: flags.limit,
      onRow: (rows, file) => rows % 50_000 === 0 && this.progress(`${oneLine(file)}: ${rows} rows`),
    });
    if (flags.out !== undefined) await writeReport(report, flags.out);
    await this.page(validationPage(report, widthOf(process.stdout)));
    if (!report.passed) process.exitCode = exitCodes.incomplete;
    return report;
  }
}
