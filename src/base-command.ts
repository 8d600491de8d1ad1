import { Command, type Interfaces } from '@oclif/core';
import chalk from 'chalk';
import { LabelerError } from './core/errors.ts';
import { printable } from './core/model/text.ts';

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The only base class: `--json` everywhere, errors as text or JSON with the exit code of the error, progress on stderr.
 * Commands print results with `this.log` (stdout) and everything else with `this.progress` or `this.warn` (stderr).
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** A progress line for people: stderr, not with --json. */
  protected progress(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${chalk.dim(text)}\n`);
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
      const lines = [`${chalk.red('Error')} ${printable(failure.message)} ${chalk.dim(`[${failure.code}]`)}`];
      for (const suggestion of failure.suggestions) lines.push(`  ${chalk.cyan('→')} ${printable(suggestion)}`);
      process.stderr.write(`${lines.join('\n')}\n`);
    }
    process.exitCode = failure.exitCode;
    return undefined;
  }
}
