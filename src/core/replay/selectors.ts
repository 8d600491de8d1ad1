import type { KubernetesObject } from '../model/resource.ts';
import { badRequest } from './status.ts';

/** What a list or watch asks for. `object` is only called when the name does not decide. */
export type Selection = (named: { namespace: string; name: string }, object: () => KubernetesObject) => boolean;

type Requirement = { key: string; matches: (value: string | undefined) => boolean };

const key = /^(?:[a-z0-9.-]+\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/** The label selector of a request as the API reads it; a Status 400 (thrown) says what is wrong with it. */
export function labelSelection(selector: string): (labels: Record<string, string> | undefined) => boolean {
  const requirements = splitOutside(selector).map(labelRequirement);
  return (labels = {}) => requirements.every(({ key, matches }) => matches(Object.hasOwn(labels, key) ? labels[key] : undefined));
}

/**
 * Namespace, label and field selector in one. Fields are any dotted path; `source` of an Event is its component. A Status 400 is thrown
 * for selectors that cannot be read.
 */
export function selectionOf(query: { namespace?: string; name?: string; labels: string; fields: string }): Selection {
  const labels = query.labels.trim() === '' ? undefined : labelSelection(query.labels);
  const fields = query.fields.trim() === '' ? [] : splitEscaped(query.fields).map(fieldRequirement);
  if (query.name !== undefined) fields.push({ key: 'metadata.name', matches: (value) => value === query.name });
  const ofName = fields.filter((field) => field.key === 'metadata.name' || field.key === 'metadata.namespace');
  const ofObject = fields.filter((field) => !ofName.includes(field));
  return (named, object) => {
    if (query.namespace !== undefined && named.namespace !== query.namespace) return false;
    if (!ofName.every((field) => field.matches(field.key === 'metadata.name' ? named.name : named.namespace))) return false;
    if (labels === undefined && ofObject.length === 0) return true;
    const tree = object();
    return ofObject.every((field) => field.matches(fieldOf(tree, field.key))) && (labels?.(tree.metadata?.labels) ?? true);
  };
}

function labelRequirement(text: string): Requirement {
  const set = /^\s*([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(text);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    const isIn = set[2] === 'in';
    return requirement(set[1], text, (value) => (value === undefined ? !isIn : values.includes(value) === isIn));
  }
  const compared = /^\s*([^\s!=<>(),]+)\s*(==|=|!=|<|>)\s*([^\s!=<>(),]*)\s*$/.exec(text);
  if (compared !== null) {
    const [, name, operator, operand = ''] = compared;
    if (operator === '!=') return requirement(name, text, (value) => value !== operand);
    if (operator === '<') return requirement(name, text, (value) => isInteger(value) && Number(value) < Number(operand));
    if (operator === '>') return requirement(name, text, (value) => isInteger(value) && Number(value) > Number(operand));
    return requirement(name, text, (value) => value === operand);
  }
  const existing = /^\s*(!?)\s*([^\s!=<>(),]+)\s*$/.exec(text);
  return requirement(existing?.[2], text, (value) => (value === undefined) === (existing?.[1] === '!'));
}

function requirement(name: string | undefined, text: string, matches: Requirement['matches']): Requirement {
  if (name === undefined || !key.test(name))
    throw badRequest(`unable to parse requirement: ${JSON.stringify(text.trim())} is no requirement`);
  return { key: name, matches };
}

function fieldRequirement(text: string): Requirement {
  const [, path = '', operator, operand = ''] = /^\s*([^\s!=]+?)\s*(!=|==|=)(.*)$/s.exec(text) ?? [];
  if (operator === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const wanted = operand.replace(/\\([\\,=])/g, '$1');
  return { key: path, matches: (value = '') => (value === wanted) === (operator !== '!=') };
}

/** The value of a dotted path as the API compares it: text, '' where there is none. */
function fieldOf(object: KubernetesObject, path: string): string {
  if (path === 'source' && object.kind === 'Event') return String(object.source?.component || object.reportingComponent || '');
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return '';
    value = (value as Record<string, unknown>)[step];
  }
  return value === null || typeof value === 'object' ? '' : String(value);
}

/** At the commas outside parentheses. */
function splitOutside(text: string): string[] {
  return text.split(/,(?![^()]*\))/).filter((part) => part.trim() !== '');
}

/** At the commas that no backslash precedes. */
function splitEscaped(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/gs) ?? []).filter((part) => part.trim() !== '');
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^-?\d+$/.test(value);
}
