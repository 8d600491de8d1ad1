import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import { matchSignature } from '../logs/signatures.ts';
import type { Observation } from './observation.ts';

const statusLists = [
  ['initContainerStatuses', true],
  ['containerStatuses', false],
] as const;

/**
 * Known failure texts in the termination message of a container: what it wrote to terminationMessagePath, or the end of its log
 * (terminationMessagePolicy FallbackToLogsOnError). They are log lines that a snapshot without logs still has.
 */
export function exitMessageObservations(ref: ObjectRef, pod: KubernetesObject): Observation[] {
  if (pod.metadata?.deletionTimestamp !== undefined) return [];
  return statusLists.flatMap(([list, init]) =>
    itemsOf(pod.status?.[list]).flatMap((status, position) =>
      ['lastState', 'state'].flatMap((field) => {
        const terminated = fieldsOf(fieldsOf(status[field]).terminated);
        if (Number(terminated.exitCode ?? 0) === 0 || text(terminated.message) === '') return [];
        const pointer = `/status/${list}/${position}/${field}/terminated/message`;
        return linesOf(text(terminated.message)).map(({ key, detail }) => ({
          type: 'log' as const,
          ref,
          container: text(status.name),
          init,
          key: `exit|${key}`,
          pointer,
          value: terminated.message,
          detail: { ...detail, exit: true },
          standing: true,
          confirm: 'never' as const,
        }));
      }),
    ),
  );
}

/** One entry per known text: the last line that says it. */
function linesOf(message: string): { key: string; detail: Observation['detail'] }[] {
  const found = new Map<string, { key: string; detail: Observation['detail'] }>();
  for (const line of message.split('\n')) {
    const match = matchSignature(line, message);
    if (match === undefined || match.level === 'info') continue;
    const fields = Object.fromEntries(Object.entries(match.fields).map(([name, value]) => [`field.${name}`, value]));
    found.delete(match.id);
    found.set(match.id, { key: match.id, detail: { signature: match.id, family: match.family, message: line.slice(0, 2000), ...fields } });
  }
  return [...found.values()];
}
