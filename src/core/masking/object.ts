import type { KubernetesObject } from '../model/resource.ts';
import { configLine, flagThenValue, isHarmlessValue, mask } from './detectors.ts';
import { saysSecret } from './names.ts';
import { applyDetector, count, type MaskCounts, maskText } from './text.ts';

type Fields = Record<string, unknown>;

/** Fields whose string value is a secret in any object (custom resources, TokenReview). */
const secretFields = new Set(['password', 'passwd', 'token', 'apikey', 'secretkey', 'accesskey', 'clientsecret', 'privatekey']);

/**
 * A Kubernetes object with its secrets masked: Secret values, secret ConfigMap entries, env values whose name says secret, secret
 * arguments, last-applied annotations (removed), and what the text detectors find in any string. Parts without secrets are shared.
 */
export function maskObject(object: KubernetesObject, counts: MaskCounts): KubernetesObject {
  const entries =
    object.kind === 'Secret' ? maskSecret(object, counts) : object.kind === 'ConfigMap' ? maskConfigMap(object, counts) : object;
  return walk(entries, counts) as KubernetesObject;
}

function maskSecret(object: KubernetesObject, counts: MaskCounts): KubernetesObject {
  return mapFields(object, (key, value) =>
    key === 'data' || key === 'stringData' ? everyString(value, (text) => replaceAll(text, 'secret-data', counts)) : value,
  );
}

function maskConfigMap(object: KubernetesObject, counts: MaskCounts): KubernetesObject {
  return mapFields(object, (key, value) => {
    if (key !== 'data' && key !== 'binaryData') return value;
    return mapStrings(value, (text, name) => {
      if (saysSecret(name.replace(/\.[a-z]{1,5}$/i, ''))) return replaceAll(text, 'configmap-value', counts);
      return applyDetector(text, configLine, counts);
    });
  });
}

function walk(value: unknown, counts: MaskCounts, key = ''): unknown {
  if (typeof value === 'string')
    return secretFields.has(key.toLowerCase()) ? replaceAll(value, 'secret-field', counts) : maskText(value, counts);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return mapItems(maskList(value, key, counts), (item) => walk(item, counts));
  const fields = key === 'annotations' ? withoutLastApplied(value as Fields, counts) : (value as Fields);
  return mapFields(fields, (name, field) => walk(field, counts, name));
}

/** The lists of a container that carry secrets by position: `env`, `command`, `args`. */
function maskList(list: unknown[], key: string, counts: MaskCounts): unknown[] {
  if (key === 'env') return mapItems(list, (item) => maskEnv(item, counts));
  return key === 'args' || key === 'command' ? maskArguments(list, counts) : list;
}

function maskEnv(item: unknown, counts: MaskCounts): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { name, value } = item as { name?: unknown; value?: unknown };
  if (typeof name !== 'string' || typeof value !== 'string' || !saysSecret(name) || keptInObject(value)) return item;
  const masked = replaceAll(value, 'env-value', counts);
  return masked === value ? item : { ...item, value: masked };
}

/** `--password x` as two arguments, `--password=x` as one, and both as part of a shell line. */
function maskArguments(list: unknown[], counts: MaskCounts): unknown[] {
  return mapItems(list, (item, index) => {
    if (typeof item !== 'string') return item;
    const flag = list[index - 1];
    const follows = typeof flag === 'string' && /^--?[A-Za-z][\w.-]*$/.test(flag) && saysSecret(flag) && !item.startsWith('-');
    if (follows && !keptInObject(item)) return replaceAll(item, 'secret-argument', counts);
    const [, name = '', value = ''] = /^(--?[A-Za-z][\w.-]*)=(.+)$/s.exec(item) ?? [];
    if (saysSecret(name) && !keptInObject(value)) return `${name}=${replaceAll(value, 'secret-argument', counts)}`;
    return applyDetector(item, flagThenValue, counts);
  });
}

function withoutLastApplied(annotations: Fields, counts: MaskCounts): Fields {
  const kept = Object.entries(annotations).filter(([name]) => !/last-applied/i.test(name));
  if (kept.length === Object.keys(annotations).length) return annotations;
  count(counts, 'last-applied');
  return Object.fromEntries(kept);
}

/** Truth values, paths, and `$(NAME)`, which stands for another variable; other values may well begin with `$` or `{`. */
function keptInObject(value: string): boolean {
  return /^[$<{%*]/.test(value) ? /^\$\([\w.-]+\)$/.test(value) : isHarmlessValue(value);
}

function replaceAll(text: string, id: string, counts: MaskCounts): string {
  if (text === '' || text === mask) return text;
  count(counts, id);
  return mask;
}

function everyString(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return mapItems(value, (item) => everyString(item, change));
  return mapFields(value as Fields, (_, item) => everyString(item, change));
}

function mapStrings(value: unknown, change: (text: string, key: string) => string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return mapFields(value as Fields, (key, item) => (typeof item === 'string' ? change(item, key) : item));
}

/** Copies only if a field changes; `defineProperty` semantics keep a field named `__proto__` an own field. */
function mapFields<T extends Fields>(fields: T, change: (key: string, value: unknown) => unknown): T {
  let copy: [string, unknown][] | undefined;
  const entries = Object.entries(fields);
  for (const [index, [key, value]] of entries.entries()) {
    const changed = change(key, value);
    if (changed === value) continue;
    copy ??= entries.slice();
    copy[index] = [key, changed];
  }
  return copy === undefined ? fields : (Object.fromEntries(copy) as T);
}

function mapItems(items: unknown[], change: (item: unknown, index: number) => unknown): unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of items.entries()) {
    const changed = change(item, index);
    if (changed === item) continue;
    copy ??= items.slice();
    copy[index] = changed;
  }
  return copy ?? items;
}
