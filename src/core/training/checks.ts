import type { LabelEvidence } from '../model/label.ts';
import { pointerParts } from '../model/pointer.ts';
import { quoted } from '../model/text.ts';

/** An object as evidence names it (`Pod shop/cart-1`, `Node n1`). */
type Named = { kind: string; namespace: string; name: string };

/** A call that shows an item of evidence: a function and its arguments. */
export type Check = { name: 'kubectl_get' | 'kubectl_logs' | 'kubectl_events' | 'kubectl_top'; arguments: Record<string, string> };

/** The parts of `Kind namespace/name`; undefined for any other text. */
export function namedObject(ref: string): Named | undefined {
  const match = /^(\S+) (?:([^\s/]+)\/)?([^\s/]+)$/.exec(ref);
  return match === null ? undefined : { kind: match[1] ?? '', namespace: match[2] ?? '', name: match[3] ?? '' };
}

/** The look that shows an item of evidence; undefined where no single look does (an absence, a change in the past). */
export function checkOf({ type, ref, pointer }: LabelEvidence): Check | undefined {
  const object = namedObject(ref);
  if (object === undefined || type === 'absence' || type === 'change') return undefined;
  const { kind, namespace, name } = object;
  const place: Record<string, string> = namespace === '' ? {} : { namespace };
  if (type === 'log') return kind === 'Pod' ? { name: 'kubectl_logs', arguments: { ...place, pod: name } } : undefined;
  if (type === 'event') return { name: 'kubectl_events', arguments: { ...place, kind, name } };
  if (type === 'metric') return { name: 'kubectl_top', arguments: { ...place, kind, name } };
  return { name: 'kubectl_get', arguments: { ...place, kind, name, jsonpath: jsonPath(pointer) } };
}

/** The same look as a kubectl command line. */
export function commandOf({ name, arguments: given }: Check): string {
  const { namespace, kind = '', name: object = '', pod = '', jsonpath = '' } = given;
  const where = namespace === undefined ? '' : ` -n ${word(namespace)}`;
  const resource = word(kind.toLowerCase());
  switch (name) {
    case 'kubectl_logs':
      return `kubectl logs ${word(pod)}${where} --all-containers --prefix --tail=100`;
    case 'kubectl_events':
      return `kubectl events${where} --for ${resource}/${word(object)}`;
    case 'kubectl_top':
      return kind === 'Node' ? `kubectl top node ${word(object)}` : `kubectl top pod ${word(object)}${where} --containers`;
    default:
      return `kubectl get ${resource} ${word(object)}${where} -o jsonpath=${quoted(`{${jsonpath}}`)}`;
  }
}

/** Where a look looks, in words: `.spec.selector of Service shop/cart`, `the logs of Pod shop/cart-1`. */
export function placeOf({ name, arguments: given }: Check): string {
  const { namespace, kind = 'Pod', name: object = '', pod, jsonpath = '' } = given;
  const ref = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${pod ?? object}`;
  const parts = { kubectl_logs: 'the logs', kubectl_events: 'the Events', kubectl_top: 'the CPU and memory use', kubectl_get: jsonpath };
  return `${parts[name]} of ${ref}`;
}

function word(text: string): string {
  return /^[A-Za-z0-9._-]+$/.test(text) ? text : quoted(text);
}

/** An RFC 6901 pointer as kubectl's JSONPath: `.spec.ports[0].targetPort`, `.metadata.labels.app\.kubernetes\.io/name`. */
export function jsonPath(pointer: string): string {
  return (pointerParts(pointer) ?? []).map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('.', '\\.')}`)).join('');
}

const property = (description: string) => ({ type: 'string', description });
const place = { namespace: property('Namespace; none for objects of the cluster') };
const object = { ...place, kind: property('Kind, such as Service'), name: property('Name of the object') };

/** The declarations of the functions that `checkOf` calls (OpenAI's `tools`). */
export const toolDeclarations: object[] = [
  tool(
    'kubectl_get',
    'Shows one field of an object.',
    { ...object, jsonpath: property('The field, as kubectl writes it: .spec.replicas') },
    ['kind', 'name', 'jsonpath'],
  ),
  tool('kubectl_logs', 'Shows the last lines of the logs of a pod.', { ...place, pod: property('Name of the pod') }, ['namespace', 'pod']),
  tool('kubectl_events', 'Shows the Events about an object.', object, ['kind', 'name']),
  tool('kubectl_top', 'Shows the CPU and memory that a pod or node uses.', object, ['kind', 'name']),
];

function tool(name: string, description: string, properties: object, required: string[]): object {
  return {
    type: 'function',
    function: { name, description, parameters: { type: 'object', properties, required, additionalProperties: false } },
  };
}
