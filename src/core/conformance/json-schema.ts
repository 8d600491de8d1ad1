import { stringifyJson } from '../model/json.ts';
import { pointerOf } from '../model/pointer.ts';
import { described, isFields } from './finding.ts';

/** Where a value does not fit a schema, as an RFC 6901 pointer in the value, with what was found and expected. */
export type Misfit = { pointer: string; message: string };

/**
 * Checks a value against the part of JSON Schema that function parameters use: type, enum, const, properties, required,
 * additionalProperties, items. Other keywords, and schemas deeper than 32, are not looked at.
 */
export function misfits(value: unknown, schema: unknown, path: readonly (string | number)[] = []): Misfit[] {
  if (!isFields(schema) || path.length > 32) return [];
  const pointer = pointerOf(...path);
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return [{ pointer, message: `found ${described(value)}, expected ${types.join(' or ')}` }];
  }
  const choices = Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : undefined;
  if (choices !== undefined && !choices.some((choice) => stringifyJson(choice) === stringifyJson(value))) {
    return [
      {
        pointer,
        message: `found ${described(value)}, expected one of ${choices
          .map((one) => stringifyJson(one))
          .join(', ')
          .slice(0, 200)}`,
      },
    ];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => misfits(item, schema.items, [...path, index]));
  return isFields(value) ? memberMisfits(value, schema, path) : [];
}

function memberMisfits(value: Record<string, unknown>, schema: Record<string, unknown>, path: readonly (string | number)[]): Misfit[] {
  const properties = isFields(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => ({ pointer: pointerOf(...path), message: `the required ${name} is missing` }));
  const extra = (name: string): Misfit[] =>
    schema.additionalProperties === false
      ? [{ pointer: pointerOf(...path, name), message: `${name} is not declared in the parameters` }]
      : misfits(value[name], schema.additionalProperties, [...path, name]);
  const inside = Object.entries(value).flatMap(([name, item]) =>
    Object.hasOwn(properties, name) ? misfits(item, properties[name], [...path, name]) : extra(name),
  );
  return [...missing, ...inside];
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return isFields(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'null':
      return value === null;
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      return true;
  }
}
