import { stripVTControlCharacters } from 'node:util';
import { chalkStderr } from 'chalk';
import { exitCodes, LabelerError } from '../core/errors.ts';
import { nearest } from '../core/model/nearest.ts';
import { printable } from '../core/model/text.ts';

/** What a failure says: a stable code, what happened, what to do next. */
export type Told = Pick<LabelerError, 'code' | 'message' | 'suggestions'>;

type OclifError = Error & { oclif?: { exit?: number }; flags?: unknown };

/** The exit code that an error asks for; 1 for a bug. */
export function exitOf(error: OclifError): number {
  return error.oclif?.exit ?? 1;
}

/**
 * What is told of an error: our own as they are; what oclif says of flags and arguments as `USAGE`, with the flag that was probably meant
 * (of `flags`) and the help of `command`; anything else is a bug, `INTERNAL`.
 */
export function toldOf(error: OclifError, command: string, flags: readonly string[]): Told {
  if (error instanceof LabelerError) return error;
  const message = stripVTControlCharacters(error.message);
  if (exitOf(error) !== exitCodes.usage) return { code: 'INTERNAL', message, suggestions: [] };
  const unknown = Array.isArray(error.flags) ? error.flags.filter((flag) => typeof flag === 'string') : [];
  const meant = unknown.map((flag) => nearest(flag.replace(/^-+/, ''), flags)).filter((flag) => flag !== undefined);
  return {
    code: 'USAGE',
    message: message.replace(/\nSee more help with --help$/, '').trimEnd(),
    suggestions: [...meant.map((flag) => `did you mean --${flag}?`), `${command} --help`],
  };
}

/** A failure as lines for people: what happened and its code, then what to do next, one line each. */
export function errorText({ code, message, suggestions }: Told): string {
  const [first = '', ...rest] = message.split('\n');
  return [
    `${chalkStderr.red('Error')} ${printable(first)} ${chalkStderr.dim(`[${code}]`)}`,
    ...rest.filter((line) => line.trim() !== '').map((line) => `  ${printable(line.trim())}`),
    ...suggestions.map((suggestion) => `  ${chalkStderr.cyan('→')} ${printable(suggestion)}`),
  ].join('\n');
}
