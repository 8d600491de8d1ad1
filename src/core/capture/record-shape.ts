import { aliasPattern } from './layout.ts';

/** A field that is not what the format says. `field` is a path such as `event.ref.uid`. */
export type ShapeProblem = { field: string; found: string; expected: string };

type Check = (value: unknown) => boolean;
type Fields = [field: string, check: Check, expected: string][];
type Shape = { [key: string]: unknown };

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const isString: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime: Check = (value) => typeof value === 'string' && timePattern.test(value);
const isAlias: Check = (value) => typeof value === 'string' && aliasPattern.test(value);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);

/** Optional, but whole: analysis cites it. */
const isAudit: Check = (value) => value === undefined || (isObject(value) && firstProblem(value as Shape, auditFields) === undefined);

const base: Fields = [
  ['at', isTime, 'an RFC 3339 time'],
  ['atSource', oneOf('received', 'derived'), '"received" or "derived"'],
  // It names a folder, so nothing but an alias may ever come through here.
  ['cluster', isAlias, 'an alias such as c01'],
  ['stream', isString, 'a string'],
  ['kind', isString, 'a string'],
];

const ref = (path: string): Fields => [
  [path, isObject, 'an object'],
  ...['kind', 'namespace', 'name', 'uid'].map((field): Fields[number] => [`${path}.${field}`, isString, 'a string']),
];

const strings = (...paths: string[]) => paths.map((path): Fields[number] => [path, isString, 'a string']);
const numbers = (...paths: string[]) => paths.map((path): Fields[number] => [path, isNumber, 'a number']);

const bodies = new Map<string, Fields>([
  [
    'resource',
    [
      ['event', isObject, 'an object'],
      ['event.type', oneOf('ADDED', 'MODIFIED', 'DELETED'), '"ADDED", "MODIFIED" or "DELETED"'],
      ...ref('event.ref'),
      ...strings('event.resourceVersion'),
      ['event.object', isObject, 'an object'],
    ],
  ],
  [
    'metrics',
    [
      ['sample', isObject, 'an object'],
      ...ref('sample.ref'),
      ...strings('sample.timestamp'),
      ...numbers('sample.windowSeconds', 'sample.cpuMillicores', 'sample.memoryBytes'),
    ],
  ],
  ['log', [['line', isObject, 'an object'], ...strings('line.namespace', 'line.pod', 'line.container', 'line.message', 'line.timestamp')]],
  ['sync', strings('phase')],
  [
    'gap',
    [
      ['from', isTime, 'an RFC 3339 time'],
      ['to', isTime, 'an RFC 3339 time'],
      ['reason', isString, 'a string'],
    ],
  ],
  ['oversize', [...ref('ref'), ['bytes', isCount, 'a count']]],
  [
    'drop',
    [
      ['count', isCount, 'a count'],
      ['reason', isString, 'a string'],
    ],
  ],
  ['stats', [['counters', isObject, 'an object']]],
  ['note', [...strings('message'), ['audit', isAudit, 'an audit entry']]],
  ['end', strings('reason')],
]);

const auditFields = compile([...strings('user', 'verb', 'auditID'), ...ref('ref')]);

const compiled = new Map([...bodies].map(([kind, fields]) => [kind, compile(fields)]));
const compiledBase = compile(base);

/**
 * The first field of a record that is not what the format says, undefined if all is well.
 * Kinds of newer writers pass with a sound base (seq, at, atSource, cluster, stream, kind).
 */
export function recordProblem(record: unknown): ShapeProblem | undefined {
  if (!isObject(record)) return { field: '(record)', found: describe(record), expected: 'an object' };
  const shape = record as Shape;
  if (!Number.isSafeInteger(shape.seq) || (shape.seq as number) < 1) {
    return { field: 'seq', found: describe(shape.seq), expected: 'an integer from 1' };
  }
  return draftProblem(shape);
}

/** Like `recordProblem`, for a record that has no `seq` yet. */
export function draftProblem(draft: object): ShapeProblem | undefined {
  const shape = draft as Shape;
  return firstProblem(shape, compiledBase) ?? firstProblem(shape, compiled.get(shape.kind as string) ?? []);
}

/** A short account of a value for messages: `"x"`, `7`, `an array`, `nothing`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

type CompiledField = { path: string[]; field: string; check: Check; expected: string };

function compile(fields: Fields): CompiledField[] {
  return fields.map(([field, check, expected]) => ({ path: field.split('.'), field, check, expected }));
}

function firstProblem(record: Shape, fields: CompiledField[]): ShapeProblem | undefined {
  for (const { path, field, check, expected } of fields) {
    let value: unknown = record;
    for (const key of path) value = (value as Shape)[key];
    if (!check(value)) return { field, found: describe(value), expected };
  }
  return undefined;
}
