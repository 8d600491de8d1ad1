import { pointerOf } from '../model/pointer.ts';
import { isFilled } from './conformance.ts';
import { described, type Fields, isFields, named, type Problem, problem } from './finding.ts';

type Path = readonly (string | number)[];

/**
 * What a consumer's messages look like. `roles` it knows. `keys` it takes per role ('*': any role), undefined where others are harmless.
 * `parts`: how bad a list of content parts is. `consequence` is what it does with a row that breaks this.
 */
export type MessageRules = {
  roles: readonly string[];
  keys?: (role: string) => readonly string[];
  parts: 'error' | 'warning';
  consequence: string;
};

/** Checks a list of messages: each is an object with a known role and a text. Order and tools are looked at elsewhere. */
export function messageProblems(value: unknown, path: Path, rules: MessageRules): Problem[] {
  const pointer = pointerOf(...path);
  if (value === undefined) return [problem('COLUMN_MISSING', pointer, `${path.join('.')} is missing; ${rules.consequence}`)];
  if (!Array.isArray(value) || value.length === 0) {
    return [problem('COLUMN_TYPE', pointer, `found ${described(value)}, expected a list of messages; ${rules.consequence}`)];
  }
  return value.flatMap((message, index) => oneMessage(message, [...path, index], rules));
}

function oneMessage(message: unknown, path: Path, rules: MessageRules): Problem[] {
  const pointer = pointerOf(...path);
  if (!isFields(message))
    return [problem('MESSAGE_TYPE', pointer, `found ${described(message)}, expected an object with role and content`)];
  const found: Problem[] = [];
  const { role } = message;
  if (typeof role !== 'string' || !rules.roles.includes(role)) {
    const expected = `expected one of ${rules.roles.join(', ')}`;
    found.push(problem('ROLE_UNKNOWN', pointerOf(...path, 'role'), `the role is ${named(role)}, ${expected}; ${rules.consequence}`));
  }
  const known = typeof role === 'string' ? rules.keys?.(role) : undefined;
  for (const key of known === undefined ? [] : Object.keys(message)) {
    // Parquet and datasets fill keys that a message lacks with null.
    if (known?.includes(key) || message[key] === null) continue;
    const what = `a ${String(role)} message has the key ${named(key)}, expected ${known?.join(', ')}`;
    if (key !== 'weight' && !(key === 'function_call' && role === 'assistant')) {
      found.push(problem('KEY_UNKNOWN', pointerOf(...path, key), `${what}; ${rules.consequence}`));
    }
  }
  return [...found, ...contentProblems(message, path, rules)];
}

function contentProblems(message: Fields, path: Path, rules: MessageRules): Problem[] {
  const { content, role } = message;
  const pointer = pointerOf(...path, 'content');
  const calls =
    role === 'assistant' && ((Array.isArray(message.tool_calls) && message.tool_calls.length > 0) || isFields(message.function_call));
  if (content === undefined || content === null || content === '') {
    if (calls) return [];
    return [problem('CONTENT_EMPTY', pointer, `the ${named(role)} message has ${described(content)} as content, expected text`)];
  }
  if (typeof content === 'string') {
    return isFilled(content) || calls ? [] : [problem('CONTENT_EMPTY', pointer, 'the content is white space only, expected text')];
  }
  const severity = Array.isArray(content) ? rules.parts : 'error';
  return [problem('CONTENT_TYPE', pointer, `found ${described(content)}, expected one plain string; ${rules.consequence}`, { severity })];
}

/** The role of a message of a list, '' where there is none. */
export function roleAt(messages: unknown, index: number): string {
  const message: unknown = Array.isArray(messages) ? messages.at(index) : undefined;
  return isFields(message) && typeof message.role === 'string' ? message.role : '';
}
