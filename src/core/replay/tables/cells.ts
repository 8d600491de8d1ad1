import { fieldsOf, itemsOf } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';

/** One column of a Table. Wide ones are shown with `-o wide` (priority 1). */
export type Column = { name: string; type: 'string' | 'integer' | 'boolean'; format: '' | 'name'; description: string; priority: 0 | 1 };

export type Cell = string | number | boolean;

/** How one kind is shown: its columns, and the cells of an object at a moment (epoch milliseconds). */
export type Printer = { columns: Column[]; cells: (object: KubernetesObject, now: number) => Cell[] };

/** A printer from column names: `+` marks a wide column, `#` an integer. */
export function printer(names: string[], cells: Printer['cells']): Printer {
  return { columns: names.map(column), cells };
}

/** Time since an RFC 3339 time as kubectl shows it, `<unknown>` without one. */
export function ageOf(time: unknown, now: number): string {
  const since = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(since) ? '<unknown>' : humanDuration(now - since);
}

/** The age of an object (`metadata.creationTimestamp`). */
export function created({ metadata }: KubernetesObject, now: number): string {
  return ageOf(metadata?.creationTimestamp, now);
}

/** A name; absent ones are ''. */
export function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? '';
}

/** Milliseconds in at most two units and three digits, as the API server rounds them: `107s`, `3m5s`, `26h`, `9d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(seconds / 3600);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  if (days < 2920) return two(Math.floor(days / 365), 'y', days % 365, 'd');
  return `${Math.floor(days / 365)}y`;
}

/** A number of a status or spec, 0 where it is absent. */
export function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Text, or what kubectl shows for none. */
export function textOr(value: unknown, none = '<none>'): string {
  return typeof value === 'string' && value !== '' ? value : none;
}

/** `a=1,b=2` sorted by key, `<none>` for none (`labels.FormatLabels`). */
export function formatLabels(labels: unknown): string {
  const pairs = Object.entries(fieldsOf(labels)).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

/** A LabelSelector (`matchLabels`, `matchExpressions`) as text (`metav1.FormatLabelSelector`). */
export function formatSelector(selector: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const labels = Object.entries(fieldsOf(matchLabels)).map(([key, value]) => `${key}=${value}`);
  const expressions = itemsOf(matchExpressions).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return String(key);
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].sort().join(',') || '<none>';
}

/** Names and images of the containers of a pod template, for the wide columns. */
export function containerCells(template: unknown): [string, string] {
  const containers = itemsOf(fieldsOf(fieldsOf(template).spec).containers);
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image).join(',')];
}

/** Whether `status.conditions[]` holds one of this type that is True. */
export function hasCondition(object: KubernetesObject, type: string): boolean {
  return itemsOf(object.status?.conditions).some((condition) => condition.type === type && condition.status === 'True');
}

/** Access modes as `kubectl get pvc` abbreviates them. */
export function accessModes(modes: unknown): string {
  const short: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
  const given = Array.isArray(modes) ? modes : [];
  return Object.keys(short)
    .filter((mode) => given.includes(mode))
    .map((mode) => short[mode])
    .join(',');
}

function column(name: string): Column {
  const plain = name.replace(/^[+#]+/, '');
  const type = name.includes('#') ? 'integer' : 'string';
  return { name: plain, type, format: plain === 'Name' ? 'name' : '', description: '', priority: name.startsWith('+') ? 1 : 0 };
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
