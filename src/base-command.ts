import { Command, Flags, type Interfaces, ux } from '@oclif/core';
import chalk, { chalkStderr } from 'chalk';
import { exitCodes, LabelerError, systemCode } from './core/errors.ts';
import type { Config } from './core/model/config.ts';
import { stringifyJson } from './core/model/json.ts';
import { printable } from './core/model/text.ts';
import type { RuleSet } from './core/rule-set.ts';

// chalk does not know NO_COLOR (https://no-color.org).
if (process.env.NO_COLOR && !process.env.FORCE_COLOR) {
  chalk.level = 0;
  chalkStderr.level = 0;
}

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The only base class: `--json` everywhere, errors as text or JSON with the exit code of the error, progress on stderr.
 * Commands print results with `this.log` (stdout) and everything else with `this.progress` or `this.warn` (stderr).
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    config: Flags.string({
      summary: 'Configuration file (default: ./k8s-labeler.yaml if there is one)',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
    }),
  };

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
    for (const problem of set.problems) process.stderr.write(`${chalkStderr.yellow('Warning')} ${printable(problem)}\n`);
    return set;
  }

  /** A progress line for people: stderr, not with --json. */
  protected progress(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${chalkStderr.dim(text)}\n`);
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
    const failure: unknown = error;
    if (this.jsonEnabled()) {
      const { code, message, suggestions } = failure instanceof LabelerError ? failure : this.foreign(error);
      this.logJson({ error: { code, message, suggestions } });
    } else if (failure instanceof LabelerError) {
      const lines = [`${chalkStderr.red('Error')} ${printable(failure.message)} ${chalkStderr.dim(`[${failure.code}]`)}`];
      for (const suggestion of failure.suggestions) lines.push(`  ${chalkStderr.cyan('→')} ${printable(suggestion)}`);
      process.stderr.write(`${lines.join('\n')}\n`);
    } else {
      error.message = printable(error.message);
      return super.catch(error);
    }
    process.exitCode = exitOf(error);
    return undefined;
  }

  /** What oclif says about flags and arguments, or what a bug says, without the configuration that hangs on oclif's errors. */
  private foreign(error: Error) {
    const usage = exitOf(error) === exitCodes.usage;
    const help = `${this.config.bin} ${this.id?.replaceAll(':', ' ') ?? ''} --help`;
    return { code: usage ? 'USAGE' : 'INTERNAL', message: error.message, suggestions: usage ? [help] : [] };
  }
}

function exitOf(error: Error & { oclif?: { exit?: number } }): number {
  return error.oclif?.exit ?? 1;
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
