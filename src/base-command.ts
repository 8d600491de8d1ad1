import { Command, Flags, type Interfaces, ux } from '@oclif/core';
import chalk, { chalkStderr } from 'chalk';
import { exitCodes, LabelerError, systemCode, usageError } from './core/errors.ts';
import type { Target } from './core/export/target.ts';
import type { Config } from './core/model/config.ts';
import { stringifyJson } from './core/model/json.ts';
import { printable } from './core/model/text.ts';
import type { RuleSet } from './core/rule-set.ts';
import { type Progress, progressOn } from './render/progress.ts';
import { errorText, exitOf, toldOf } from './terminal/errors.ts';
import { standardOutput } from './terminal/output.ts';
import { pagerFor, throughPager } from './terminal/pager.ts';

// chalk does not know NO_COLOR (https://no-color.org).
if (process.env.NO_COLOR && !process.env.FORCE_COLOR) {
  chalk.level = 0;
  chalkStderr.level = 0;
}

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

type Output = Interfaces.OutputFlags<Interfaces.FlagInput>;

/**
 * The only base class: `--json` everywhere, errors as text or JSON with the exit code of the error, progress on stderr.
 * Commands print results with `this.log` or `this.page` (stdout), everything else with `this.progress`, `this.progressLine`,
 * `this.notice` or `this.warn` (stderr); `--quiet` silences the latter.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    config: Flags.string({
      summary: 'Configuration file (default: ./k8s-labeler.yaml if there is one)',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
    }),
    quiet: Flags.boolean({ char: 'q', summary: 'Print results and errors, no progress and no warnings', helpGroup: 'GLOBAL' }),
  };
  private quiet = false;

  override async init(): Promise<void> {
    await super.init();
    guardOutput();
  }

  /** The configuration: of the file given with --config, of ./k8s-labeler.yaml, or the defaults. Errors of `loadConfig`. */
  protected async settings(file: string | undefined): Promise<Config> {
    const { loadConfig } = await import('./core/config.ts');
    return loadConfig(file);
  }

  /** The rules that count: built-in ones and those of packs. What is broken in a pack is told on stderr. Errors of `ruleSetOf`. */
  protected async ruleSet(config: Config, packs: readonly string[] = []): Promise<RuleSet> {
    const { ruleSetOf } = await import('./core/rule-set.ts');
    const set = await ruleSetOf(config, packs);
    for (const problem of set.problems) this.warn(problem);
    return set;
  }

  /** A progress line for people: stderr, not with --json or --quiet. */
  protected progress(text: string): void {
    if (!this.jsonEnabled() && !this.quiet) process.stderr.write(`${chalkStderr.dim(text)}\n`);
  }

  /** A progress line that is rewritten in place; undefined with --json and --quiet. */
  protected progressLine(): Progress | undefined {
    return this.jsonEnabled() || this.quiet ? undefined : progressOn(process.stderr);
  }

  /** A line about input that was left out, or the like: stderr, not with --quiet. */
  protected notice(line: string): void {
    if (!this.quiet) process.stderr.write(`${line}\n`);
  }

  override warn(input: string | Error): string | Error {
    this.notice(`${chalkStderr.yellow('Warning')} ${printable(input instanceof Error ? input.message : input)}`);
    return input;
  }

  /** Where a flag writes to: the file that it names, or standard output for `-`. Throws OUT_CONFLICT (exit code 2) if --json wants that too. */
  protected target(flag: string, named: string): Target {
    if (named !== '-') return { path: named };
    if (!this.jsonEnabled()) return { stream: standardOutput() };
    throw usageError('OUT_CONFLICT', `--json and ${flag} - both want standard output`, { suggestions: [`${flag} FILE --json`] });
  }

  /** What is said of what was written; on stderr where standard output holds it. */
  protected written(target: Target, text: string): void {
    if ('path' in target) this.log(text);
    else this.progress(text);
  }

  /** A result of many lines: through the pager if it does not fit on the terminal. */
  protected async page(text: string): Promise<void> {
    if (this.jsonEnabled()) return;
    const pager = pagerFor(text, process.stdout, process.env, process.platform);
    if (pager === undefined || !(await throughPager(pager, text, process.env))) this.log(text);
  }

  protected override async parse<F extends Output, B extends Output, A extends Output>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    this.quiet = parsed.flags.quiet === true;
    return parsed;
  }

  /** Runs work with a signal that SIGINT and SIGTERM abort; afterwards the process exits with 130 or 143. */
  protected async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const stop = (name: NodeJS.Signals) => {
      process.exitCode = signalExitCodes[name as keyof typeof signalExitCodes];
      controller.abort(new LabelerError('INTERRUPTED', `stopped by ${name}`, { exitCode: process.exitCode ?? 130 }));
    };
    for (const name of Object.keys(signalExitCodes)) process.once(name, stop);
    try {
      return await work(controller.signal);
    } finally {
      for (const name of Object.keys(signalExitCodes)) process.removeListener(name, stop);
    }
  }

  /** JSON for any reader: integers beyond 2^53 exact, nothing in it that a terminal would obey. */
  protected override logJson(json: unknown): void {
    ux.stdout(stringifyJson(json, 2).replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, escaped));
  }

  protected override async catch(error: Interfaces.CommandError): Promise<unknown> {
    const flags = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags, json: true });
    const told = toldOf(error, `${this.config.bin} ${this.id?.replaceAll(':', ' ') ?? ''}`, flags);
    if (this.jsonEnabled()) {
      const { code, message, suggestions } = told;
      this.logJson({ error: { code, message, suggestions } });
    } else if (told.code === 'INTERNAL') {
      error.message = printable(error.message);
      return super.catch(error);
    } else process.stderr.write(`${errorText(told)}\n`);
    process.exitCode = exitOf(error);
    return undefined;
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

let guarded = false;

/** A closed pipe (`| head`) is no failure; an output that is full is one, with exit code 5, where oclif would crash. */
function guardOutput(): void {
  if (guarded) return;
  guarded = true;
  process.stdout.removeAllListeners('error');
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') return;
    if (!process.exitCode) process.stderr.write(`Error cannot write to standard output: ${error.message} [OUTPUT_FAILED]\n`);
    process.exit(process.exitCode || exitCodes.store);
  });
}
