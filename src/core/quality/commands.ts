import type { LabelStep } from '../model/label.ts';

const readOnly = /^(?:get|describe|logs|events|top|explain|diff|version|wait|cluster-info|api-resources|auth|rollout (?:status|history))\b/;
const changing =
  /^(?:apply|annotate|autoscale|cordon|create|debug|delete|drain|edit|exec|expose|label|patch|replace|run|scale|set|taint|uncordon|rollout (?:restart|undo|pause|resume))\b/;

/** The kubectl calls of a command line, each without `kubectl` and leading flags; pipes, `&&`, `;` and line breaks separate. */
export function kubectlCalls(command: string): string[] {
  return command
    .split(/&&|\|\||[|;\n]/)
    .map((part) => part.trim())
    .filter((part) => /^(?:sudo )?kubectl\s/.test(part))
    .map((part) =>
      part
        .replace(/^(?:sudo )?kubectl\s+/, '')
        .replace(/^(?:(?:-n|--namespace|--context)(?:=|\s+)\S+\s+)+/, '')
        .replace(/\s+/g, ' '),
    );
}

/** Whether a step's stated risk fits what its commands do: a change is never without risk, a look never risky; undefined if neither. */
export function riskFits(step: LabelStep): boolean | undefined {
  const calls = kubectlCalls(step.command);
  if (calls.some((call) => changing.test(call)))
    return step.risk !== 'none' || calls.every((call) => !changing.test(call) || call.includes('--dry-run'));
  if (calls.length > 0 && calls.every((call) => readOnly.test(call))) return step.risk === 'none' || step.risk === 'low';
  return undefined;
}

/** Namespaces that a command names with `-n` or `--namespace`. */
export function namespacesIn(command: string): string[] {
  return [...command.matchAll(/(?:^|\s)(?:-n|--namespace)(?:=|\s+)([a-z0-9][a-z0-9-]*)/g)].map((match) => match[1] ?? '');
}
