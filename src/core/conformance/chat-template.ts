import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { systemCode, usageError } from '../errors.ts';
import { stringifyJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { Message } from './dialogue.ts';
import { isFields } from './finding.ts';

/** A Jinja chat template; `toolUse` is the one that a tokenizer has for rows with tools. `tokens`: bos_token and the like. */
export type ChatTemplate = { text: string; toolUse?: string; tokens: Record<string, string> };

/** What rendering gave: the text, or why there is none. `limit`: the template used up its time, memory or size. */
export type Rendered = { text: string } | { error: string; limit: boolean };

export type ChatRenderer = { render: (messages: Message[], tools: unknown) => Promise<Rendered>; close: () => Promise<void> };

const mostFileBytes = 32 * 1024 * 1024;
const mostCharacters = 16 * 1024 * 1024;
const memoryMb = 256;

/**
 * A chat template from a text file, or from a tokenizer_config.json (`chat_template`: a text, or a list of named ones). Throws
 * TEMPLATE_UNREADABLE (exit code 2).
 */
export async function loadChatTemplate(path: string): Promise<ChatTemplate> {
  const unreadable = (why: string, cause?: unknown) =>
    usageError('TEMPLATE_UNREADABLE', `cannot read the chat template ${path}: ${why}`, {
      suggestions: ['give a Jinja text file, or the tokenizer_config.json of the model'],
      cause,
    });
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(systemCode(error), error);
  });
  if (!found.isFile() || found.size > mostFileBytes) throw unreadable(found.isFile() ? `it has ${found.size} bytes` : 'it is no file');
  const text = await readFile(path, 'utf8');
  if (!path.endsWith('.json')) return { text, tokens: {} };
  const config = jsonOf(text);
  if (!isFields(config)) throw unreadable('it is no JSON object');
  const template = templatesOf(config.chat_template);
  if (template === undefined) throw unreadable('found no chat_template in it, expected a text or a list of named texts');
  const tokens = Object.entries(config).flatMap(([name, value]) => {
    const token = isFields(value) ? value.content : value;
    return /^[a-z]+_token$/.test(name) && typeof token === 'string' ? [[name, token]] : [];
  });
  return { ...template, tokens: Object.fromEntries(tokens) };
}

function templatesOf(value: unknown): Omit<ChatTemplate, 'tokens'> | undefined {
  if (typeof value === 'string') return { text: value };
  if (!Array.isArray(value)) return undefined;
  const named = (name: string) => value.find((one) => isFields(one) && one.name === name && typeof one.template === 'string')?.template;
  const text: string | undefined = named('default') ?? named('tool_use');
  return text === undefined ? undefined : { text, toolUse: named('tool_use') };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs in a thread of its own, which can be ended whatever the template does. It gets JSON text, and answers with text of bounded size. */
const threadCode = `
const { parentPort, workerData } = require('node:worker_threads');
const { Template } = require(workerData.jinja);
const made = new Map();
const template = (text) => made.get(text) ?? made.set(text, new Template(text)).get(text);
parentPort.on('message', ({ source, input }) => {
  try {
    const text = input === undefined ? (template(source), '') : template(source).render(JSON.parse(input));
    parentPort.postMessage(text.length > workerData.most ? { error: 'the text has more than ' + workerData.most + ' characters', limit: true } : { text });
  } catch (error) {
    parentPort.postMessage({ error: String(error && error.message || error).slice(0, 300), limit: false });
  }
});
parentPort.postMessage('ready');
`;

/**
 * Renders conversations with an untrusted template in a thread, each within `milliseconds`, 256 MB and 16 million characters. Throws
 * TEMPLATE_INVALID (exit code 2) if the template is no Jinja.
 */
export async function chatRenderer(template: ChatTemplate, milliseconds = 2000): Promise<ChatRenderer> {
  const thread = renderThread(milliseconds);
  for (const source of [template.text, template.toolUse ?? template.text]) {
    const compiled = await thread.ask({ source });
    if ('text' in compiled) continue;
    await thread.close();
    throw usageError('TEMPLATE_INVALID', `the chat template is no Jinja that can be read: ${oneLine(compiled.error)}`);
  }
  return {
    render: (messages, tools) => {
      const variables = { bos_token: '', eos_token: '', ...template.tokens, messages, add_generation_prompt: false };
      const input = stringifyJson(tools === undefined ? variables : { ...variables, tools });
      return thread.ask({ source: tools === undefined ? template.text : (template.toolUse ?? template.text), input });
    },
    close: thread.close,
  };
}

function renderThread(milliseconds: number) {
  let worker: Worker | undefined;
  const end = async () => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  const ask = async (question: { source: string; input?: string }): Promise<Rendered> => {
    // The time of a row starts when the thread is ready for it.
    worker ??= await startThread();
    const asked = worker;
    return new Promise((resolve) => {
      const settle = (answer: Rendered, stop: boolean) => {
        clearTimeout(timer);
        asked.off('message', onMessage);
        asked.off('error', onError);
        if (stop) void end().then(() => resolve(answer));
        else resolve(answer);
      };
      const onMessage = (answer: Rendered) => settle(answer, false);
      const onError = (error: Error) => {
        const outOfMemory = systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
        settle({ error: outOfMemory ? `the template needs more than ${memoryMb} MB` : error.message, limit: true }, true);
      };
      const late = { error: `the template did not end within ${milliseconds} ms`, limit: true };
      const timer = setTimeout(() => settle(late, true), milliseconds);
      asked.on('message', onMessage);
      asked.on('error', onError);
      asked.postMessage(question);
    });
  };
  return { ask, close: end };
}

async function startThread(): Promise<Worker> {
  const require = createRequire(import.meta.url);
  const jinja = require.resolve('@huggingface/jinja');
  const worker = new Worker(threadCode, {
    eval: true,
    workerData: { jinja, most: mostCharacters },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  await once(worker, 'message');
  // A thread that is being ended may still report an error, when nobody waits for it.
  return worker.on('error', () => undefined);
}
