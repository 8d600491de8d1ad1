import type { LabelStep } from '../model/label.ts';

const readOnly = /^(?:get|describe|logs|events|top|explain|diff|version|wait|cluster-info|api-resources|auth|rollout (?:status|history))\b/;
/** A pod to look from, which goes away by itself. */
const throwaway = /^run\b.*\s--rm\b/;
const changing =
  /^(?:apply|annotate|autoscale|cordon|create|debug|delete|drain|edit|exec|expose|label|patch|replace|run|scale|set|taint|uncordon|rollout (?:restart|undo|pause|resume))\b/;

/** The kubectl calls of a command line, each without `kubectl` and leading flags; pipes, `&&`, `;` and line breaks separate. */
export function kubectlCalls(command: string): string[] {
  return kubectlParts(command).map((part) =>
    part
      .replace(/^(?:sudo )?kubectl\s+/, '')
      .replace(/^(?:(?:-n|--namespace|--context)(?:=|\s+)\S+\s+)+/, '')
      .replace(/\s+/g, ' '),
  );
}

function kubectlParts(command: string): string[] {
  return command
    .split(/&&|\|\||[|;\n]/)
    .map((part) => part.trim())
    .filter((part) => /^(?:sudo )?kubectl\s/.test(part));
}

/** Whether a kubectl call only looks. */
export function isReading(call: string): boolean {
  return readOnly.test(call) || throwaway.test(call);
}

/**
 * Names of objects that kubectl calls act on: of `kind/name` arguments, and of `verb kind name`. Placeholders (`<pod>`) and what a call
 * creates are left out.
 */
export function targetsIn(command: string): string[] {
  return kubectlCalls(command)
    .filter((call) => !/^(?:create|run|apply|auth|explain|api-resources|expose)\b/.test(call))
    .flatMap((call) => {
      const words = withoutFlags(call).split(' ');
      const slashed = words.slice(1).filter((word) => /^[a-z]+(?:\.[a-z.]+)?\/[a-z0-9][a-z0-9.-]*$/.test(word));
      if (slashed.length > 0) return slashed.map((word) => word.slice(word.indexOf('/') + 1));
      const [, kind = '', name = ''] = words;
      const plain = /^(?:get|describe|edit|delete|patch|scale|cordon|uncordon|drain|label|annotate)$/.test(words[0] ?? '');
      return plain && /^[a-z]+(?:\.[a-z.]+)?$/.test(kind) && /^[a-z0-9][a-z0-9.-]*$/.test(name) ? [name] : [];
    });
}

/** A call without quoted texts and without flags and their values. */
function withoutFlags(call: string): string {
  return call
    .replace(/'[^']*'|"[^"]*"/g, '')
    .replace(/ (?:-[nlocfps]|--(?:namespace|selector|output|container|type|field-selector|as)) +\S+/g, '')
    .replace(/ --?[A-Za-z]\S*/g, '')
    .replace(/ +/g, ' ')
    .trim();
}

/** Quantities that a command sets with `--limits` and `--requests`, as `name=value`; placeholders are left out. */
export function quantitiesIn(command: string): string[] {
  return [...command.matchAll(/--(?:limits|requests)=(\S+)/g)]
    .flatMap((match) => (match[1] ?? '').split(','))
    .filter((pair) => !pair.includes('<'));
}

/** Whether a step's stated risk fits what its commands do: a change is never without risk, a look never risky; undefined if neither. */
export function riskFits(step: LabelStep): boolean | undefined {
  const calls = kubectlCalls(step.command);
  const changes = (call: string) => changing.test(call) && !isReading(call);
  if (calls.some(changes)) return step.risk !== 'none' || calls.every((call) => !changes(call) || call.includes('--dry-run'));
  if (calls.length > 0 && calls.every(isReading)) return step.risk === 'none' || step.risk === 'low' || saysChange(step.action);
  return undefined;
}

/** Whether a step's words ask for a change, for which its command only looks up what is needed. */
function saysChange(action: string): boolean {
  return /^(?:or )?(?:add|correct|create|recreate|delete|change|free|install|label|lower|make|move|raise|remove|renew|repair|replace|restart|set)\b/i.test(
    action,
  );
}

/** Namespaces that the kubectl calls of a command name with `-n` or `--namespace`; other programs mean something else by them. */
export function namespacesIn(command: string): string[] {
  return kubectlParts(command)
    .flatMap((part) => [...part.matchAll(/\s(?:-n|--namespace)(?:=|\s+)([a-z0-9][a-z0-9-]*)/g)])
    .map((match) => match[1] ?? '');
}
