import { detectLevel } from './level.ts';

// What log collectors put beside the line of another container that they pass on (Fluent Bit, Fluentd, Vector, Filebeat).
const METADATA = /"kubernetes"\s?:\s?\{[^\n]{0,2000}?"(?:pod_name|podName|name)"\s?:\s?"([^"\n]{1,253})"/;
const ALERT = /\[(?:FIRING|RESOLVED)(?::\d{1,6})?\]|\balertname=/;

/** Whether a line tells of another pod rather than of the one that wrote it: log collectors and alert senders quote failures of others. */
export function isHearsay(message: string, pod: string): boolean {
  const named = message.startsWith('{') ? METADATA.exec(message)?.[1] : undefined;
  return (named !== undefined && named !== pod) || ALERT.test(message);
}

const calm = new Set(['trace', 'debug', 'info']);

/** Whether the program itself marks a line as no failure, in a place where a logger writes the level. */
export function isCalm(message: string): boolean {
  const { level, confidence } = detectLevel(message);
  return confidence >= 0.9 && calm.has(level);
}
