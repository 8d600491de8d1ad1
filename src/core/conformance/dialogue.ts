import { createHash } from 'node:crypto';
import { stringifyJson } from '../model/json.ts';
import { type Fields, isFields } from './finding.ts';

/** A message as chat templates read it: tool calls with their arguments as an object. */
export type Message = { role: string; content: string; tool_calls?: Fields[]; [key: string]: unknown };

/**
 * What a row means, whatever its columns: what is given and what is to be learnt, one list per alternative (two in preference data).
 * `conversational` is false for plain texts, which no chat template is applied to.
 */
export type Dialogue = { prompt: Message[]; answers: Message[][]; tools?: unknown; conversational: boolean };

/** A dialogue from a list of messages: the last assistant message and what follows is to be learnt. Undefined if it is no list of messages. */
export function dialogueOf(messages: unknown, tools?: unknown): Dialogue | undefined {
  const list = messagesOf(messages);
  if (list === undefined) return undefined;
  const last = list.findLastIndex(({ role }) => role === 'assistant');
  const cut = last < 0 ? list.length : last;
  return { prompt: list.slice(0, cut), answers: [list.slice(cut)], tools: toolsOf(tools), conversational: true };
}

/** Messages with texts, null contents as ''; undefined if one of them has no role, or a content that is no text. */
export function messagesOf(value: unknown): Message[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list: Message[] = [];
  for (const item of value) {
    if (!isFields(item) || typeof item.role !== 'string') return undefined;
    const content = item.content ?? '';
    if (typeof content !== 'string') return undefined;
    const calls = Array.isArray(item.tool_calls) ? { tool_calls: item.tool_calls.filter(isFields).map(withObjectArguments) } : {};
    const given = Object.entries(item).filter(([key, field]) => field !== null && key !== 'tool_calls');
    list.push({ ...Object.fromEntries(given), ...calls, role: item.role, content });
  }
  return list;
}

/** Tools as a list, also from JSON text; undefined if there are none. */
export function toolsOf(tools: unknown): unknown {
  const value = typeof tools === 'string' ? parsedJson(tools) : tools;
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

/** A JSON text's value, or undefined if it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withObjectArguments(call: Fields): Fields {
  if (!isFields(call.function) || typeof call.function.arguments !== 'string') return call;
  return { ...call, function: { ...call.function, arguments: parsedJson(call.function.arguments) ?? call.function.arguments } };
}

/** Two plain texts as a dialogue. */
export function plainDialogue(prompt: string, answers: readonly string[], system = ''): Dialogue {
  const given = [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content: prompt }];
  return { prompt: given, answers: answers.map((content) => [{ role: 'assistant', content }]), conversational: false };
}

/** 16 bytes of sha256: `prompt` of what is given, `whole` of all, with white space and Unicode forms made equal. */
export function dialogueHashes({ prompt, answers, tools }: Dialogue): { prompt: Buffer; whole: Buffer } {
  const given = prompt.map(plainText).join('\u0001');
  const rest = answers.map((answer) => answer.map(plainText).join('\u0001')).join('\u0002');
  return { prompt: hash16(given), whole: hash16(`${given}\u0003${rest}\u0003${stringifyJson(tools) ?? ''}`) };
}

function plainText({ role, content, tool_calls }: Message): string {
  const text = content.normalize('NFC').replace(/\s+/g, ' ').trim();
  return `${role}\u0000${text}${tool_calls === undefined ? '' : stringifyJson(tool_calls)}`;
}

/** The first 16 bytes of the sha256 of a text. */
export function hash16(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}
