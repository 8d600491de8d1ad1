import chalk from 'chalk';
import type { Severity } from '../core/model/event.ts';

const colours: Record<Severity, (text: string) => string> = {
  critical: chalk.bgRed.whiteBright.bold,
  high: chalk.red.bold,
  medium: chalk.yellow,
  low: chalk.cyan,
  info: chalk.dim,
};

/** Columns of a severity badge. */
export const severityWidth = 8;

/** A severity in its colour, always `severityWidth` columns wide: readable without colours too. */
export function severityBadge(severity: Severity): string {
  return colours[severity](severity.toUpperCase().padEnd(severityWidth));
}
