import { Command, Flags, type Interfaces } from '@oclif/core';
import chalk, { chalkStderr } from 'chalk';
import { LabelerError } from './core/errors.ts';
import type { Config } from './core/model/config.ts';
import { printable } from './core/model/text.ts';

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

  /** The configuration: of the file given with --config, of ./k8s-labeler.yaml, or the defaults. Errors of `loadConfig`. */
  protected async settings(file: string | undefined): Promise<Config> {
    const { loadConfig } = await import('./core/config.ts');
    return loadConfig(file);
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

  protected override async catch(error: Interfaces.CommandError): Promise<unknown> {
    const failure: unknown = error;
    if (!(failure instanceof LabelerError)) return super.catch(error);
    if (this.jsonEnabled()) {
      this.logJson({ error: { code: failure.code, message: failure.message, suggestions: failure.suggestions } });
    } else {
      const lines = [`${chalkStderr.red('Error')} ${printable(failure.message)} ${chalkStderr.dim(`[${failure.code}]`)}`];
      for (const suggestion of failure.suggestions) lines.push(`  ${chalkStderr.cyan('→')} ${printable(suggestion)}`);
      process.stderr.write(`${lines.join('\n')}\n`);
    }
    process.exitCode = failure.exitCode;
    return undefined;
  }
}
