import { oneLine } from '../model/text.ts';

export type Severity = 'error' | 'warning';

/** What is wrong with a row or file, without its place: `pointer` is RFC 6901 inside the row. `fix` is set where the code's own advice is too general. */
export type Problem = { code: Code; severity: Severity; pointer: string; message: string; fix: string };

/** A problem with its place: `file` is relative to what was validated, `line` counts from 1 (the row, for Parquet), 0 for a whole file. */
export type Finding = Problem & { file: string; line: number };

/** Every code with its usual severity and what to do. Consumers may raise or lower the severity where their rules differ. */
export const codes = {
  // Reading
  BOM: ['error', 'write UTF-8 without a byte order mark'],
  CRLF: ['error', 'write LF line ends'],
  INVALID_UTF8: ['error', 'write the file as UTF-8'],
  LONE_SURROGATE: ['error', 'make the text well-formed (toWellFormed() in JavaScript) before writing it'],
  JSON_INVALID: ['error', 'write one complete JSON value per row'],
  NOT_JSONL: ['error', 'write one JSON object per line instead of an array'],
  JSON_WRAPPER: ['error', 'write a plain array, and keep metadata in a file of its own'],
  BLANK_LINE: ['warning', 'remove the empty line'],
  LINE_LONG: ['warning', 'shorten the row, or check that its length is meant'],
  ROW_NOT_OBJECT: ['error', 'write each row as a JSON object'],
  ROW_DEEP: ['error', 'flatten the row'],
  EMPTY: ['error', 'leave the file out, or write rows into it'],
  CSV_INVALID: ['error', 'quote cells as RFC 4180 says'],
  PARQUET_INVALID: ['error', 'write the Parquet file again'],
  FORMAT_UNREAD: ['error', 'use a file format that this consumer reads'],
  // Texts
  NUL_CHARACTER: ['warning', 'remove the NUL character from the text'],
  ANSI_ESCAPE: ['warning', 'strip terminal escapes from the text'],
  TEMPLATE_MARK: ['warning', 'fill in the template before writing the text'],
  // Shapes
  COLUMN_MISSING: ['error', 'write the column in every row'],
  COLUMN_TYPE: ['error', 'write the type that the consumer reads'],
  KEYS_CONFLICT: ['error', 'keep one of the allowed sets of columns'],
  SIDE_COLUMN: ['error', 'rename or drop the column'],
  KEY_UNKNOWN: ['error', 'drop the key'],
  KEYS_DIFFER: ['error', 'give every row of the file the same top-level keys'],
  KEY_DEPRECATED: ['warning', 'write tools and tool_calls'],
  MESSAGE_TYPE: ['error', 'write each message as an object'],
  ROLE_UNKNOWN: ['error', 'use a role that the consumer knows'],
  ROLE_UNSURE: ['warning', 'use the role system'],
  ROLE_ORDER: ['error', 'let the turns alternate'],
  CONTENT_TYPE: ['error', 'write the content as one plain string'],
  CONTENT_EMPTY: ['error', 'fill the text, or drop the row'],
  EMPTY_PROMPT: ['error', 'fill the prompt, or drop the row'],
  EMPTY_ANSWER: ['error', 'fill the answer, or drop the row'],
  LAST_NOT_ASSISTANT: ['error', 'end with the assistant message that is to be learnt'],
  LAST_NOT_TRAINED: ['error', 'leave weight out of the last message, or set it to 1'],
  NO_USER: ['error', 'put a user message before the answer'],
  ASSISTANT_TWICE: ['error', 'join the two assistant messages'],
  WEIGHT: ['error', 'use weight 0 or 1, on assistant messages only'],
  FEW_ROWS: ['error', 'give at least 10 examples'],
  // Tools
  TOOLS: ['error', 'declare tools as {"type":"function","function":{"name","description","parameters"}}'],
  TOOLS_SOME_ROWS: ['error', 'give tools in every row of the file, or in none'],
  TOOL_NAME: ['error', 'use 1 to 64 letters, digits, _ or -'],
  TOOL_UNDECLARED: ['error', 'declare the function in tools'],
  TOOL_CALL: ['error', 'write {"id","type":"function","function":{"name","arguments"}}'],
  TOOL_ARGUMENTS: ['error', 'write the arguments as this consumer reads them'],
  TOOL_SCHEMA: ['error', 'make the arguments fit the declared parameters'],
  TOOL_UNANSWERED: ['error', 'answer each call with exactly one tool message before the next assistant message'],
  TOOL_ANSWER_STRAY: ['error', 'give the tool message the id of a call that is open'],
  // Preferences
  OUTPUT_COUNT: ['error', 'give exactly one assistant message'],
  PAIR_EQUAL: ['error', 'drop the pair, or make its answers differ'],
  PROMPT_END: ['error', 'end the prompt with a user or tool message'],
  PROMPT_IMPLICIT: ['warning', 'write the prompt as a column of its own'],
  LENGTH_RATIO: ['warning', 'balance the lengths of chosen and rejected answers'],
  // LLaMA-Factory
  INFO_MISSING: ['error', 'write dataset_info.json beside the data'],
  INFO_INVALID: ['error', 'correct dataset_info.json'],
  INFO_KEY: ['error', 'use the key that LLaMA-Factory reads'],
  INFO_COLUMN: ['error', 'list the column under columns'],
  FILE_UNLISTED: ['warning', 'name the file in dataset_info.json, or remove it'],
  FILE_TYPES: ['error', 'give all files of one dataset the same type'],
  ROW_FAILS: ['error', 'write the column in every row'],
  SYSTEM_ADDED: ['error', 'use formatting sharegpt or alpaca'],
  SYSTEM_EMPTY: ['warning', 'write a system text, so that the template does not add one of its own'],
  TYPE_DEPRECATED: ['warning', 'use type: chat_template with field_messages: conversations and message_property_mappings'],
  // Hugging Face folders
  CARD_MISSING: ['warning', 'write a README.md with a configs list'],
  CARD_INVALID: ['error', 'correct the front matter of README.md'],
  CARD_CONFIG: ['error', 'give each config a config_name, and each of its data_files exactly split and path'],
  CARD_DEFAULT: ['error', 'set default: true on one config'],
  CARD_FORMAT: ['warning', 'list Parquet files in configs'],
  CARD_INFO: ['error', 'leave dataset_info out, or make its counts exact'],
  SPLIT_NAME: ['error', 'use letters, digits, _ and dots only'],
  MIXED_FORMATS: ['error', 'list one file format; put the others into folders with a README of their own'],
  LEGACY_FILE: ['error', 'remove the file'],
  PARQUET_TYPE: ['error', 'cast the column, for example id::VARCHAR or sum(x)::BIGINT'],
  COLUMN_TYPE_CHANGES: ['error', 'write Parquet, or give the column one type in all rows'],
  TIMESTAMP_COLUMN: ['warning', 'write Parquet: from JSON the zone of a time is lost'],
  // Files and splits
  FILE_MISSING: ['error', 'write the file, or take its name out'],
  MANIFEST_INVALID: ['error', 'export the dataset again'],
  MANIFEST_MISMATCH: ['error', 'export the dataset again, or restore the file'],
  DUPLICATE_ROW: ['warning', 'keep one of the equal rows'],
  SPLIT_LEAK: ['error', 'keep everything with one prompt in one split'],
  // Chat template and tokens
  TEMPLATE_FAILS: ['error', 'use messages that this chat template accepts, or another template'],
  TEMPLATE_DROPS: ['error', 'use messages that this chat template shows, or another template'],
  TEMPLATE_LIMIT: ['error', 'use another chat template: this one does not end'],
  TOKENS: ['error', 'shorten the row, or raise --max-tokens'],
} as const satisfies Record<string, readonly [Severity, string]>;

export type Code = keyof typeof codes;

/** A problem of a code; `more` overrides its severity or advice. */
export function problem(code: Code, pointer: string, message: string, more: Partial<Pick<Problem, 'severity' | 'fix'>> = {}): Problem {
  const [severity, fix] = codes[code];
  return { code, severity, pointer, message, fix, ...more };
}

/** What a JSON value is, for messages: `an object with the keys a, b`, `a list of 3`, `the string "…"`, `nothing`. */
export function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return `an object with ${keysText(Object.keys(value))}`;
  return typeof value === 'string' ? `the string ${JSON.stringify(oneLine(value, 60))}` : `the ${typeof value} ${String(value)}`;
}

/** A name as it stands in the data: `"user"`; anything that is no text as `described` says. */
export function named(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(oneLine(value, 60)) : described(value);
}

/** `the keys a, b and 3 more`; names are untrusted and shortened. */
export function keysText(keys: readonly string[]): string {
  if (keys.length === 0) return 'no keys';
  const shown = keys.slice(0, 8).map((key) => oneLine(key, 40));
  const rest = keys.length - shown.length;
  return `the key${keys.length === 1 ? '' : 's'} ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

export type Fields = Record<string, unknown>;

/** Whether a JSON value is an object, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
