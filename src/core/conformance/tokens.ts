import { exitCodes, LabelerError } from '../errors.ts';
import { stringifyJson } from '../model/json.ts';
import type { Dialogue, Message } from './dialogue.ts';

/** Counts the tokens of a text in o200k_base. */
export type TokenCounter = (text: string) => number;

/** Rows by length: `upTo` tokens, the last bucket without bound. */
export type TokenStatistics = { encoding: 'o200k_base'; buckets: { upTo?: number; rows: number }[]; median: number; max: number };

/** What a chat format adds around a message and a conversation, where no template says it (OpenAI's cookbook: 3 and 3, plus the role). */
export const messageOverheadTokens = 4;
export const conversationOverheadTokens = 3;

type Encoding = { countTokens: (text: string, options: { disallowedSpecial: Set<string> }) => number };

/** The tokenizer, from the optional package `gpt-tokenizer`. Throws MISSING_PEER (exit code 2) where it is not installed. */
export async function tokenCounter(
  load: () => Promise<Encoding> = () => import('gpt-tokenizer/encoding/o200k_base') as Promise<Encoding>,
): Promise<TokenCounter> {
  const encoding = await load().catch((error: unknown) => {
    throw new LabelerError('MISSING_PEER', 'counting tokens needs the package gpt-tokenizer, which is not installed', {
      exitCode: exitCodes.usage,
      suggestions: ['npm install gpt-tokenizer', 'or leave --max-tokens and --tokens out'],
      cause: error,
    });
  });
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => pieces(text).reduce((sum, piece) => sum + encoding.countTokens(piece, options), 0);
}

const longestRun = 400;
const run = /(?:[\p{L}\p{M}]{400,}|\s{400,}|[^\s\p{L}\p{N}]{400,})/gu;

/** Byte pair encoding takes quadratic time over a run without a break (a long word, a line of blanks): such runs are counted in pieces. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (const match of text.matchAll(run)) {
    found.push(text.slice(from, match.index));
    for (let at = 0; at < match[0].length; at += longestRun) found.push(match[0].slice(at, at + longestRun));
    from = match.index + match[0].length;
  }
  return [...found, text.slice(from)];
}

/** The tokens of a row: of what its template rendered (the longest alternative), or of its contents plus an overhead per message. */
export function rowTokens({ prompt, answers, tools }: Dialogue, texts: readonly string[], count: TokenCounter): number {
  if (texts.length > 0) return Math.max(...texts.map(count));
  const of = (messages: readonly Message[]) => messages.reduce((sum, message) => sum + messageTokens(message, count), 0);
  const declared = tools === undefined ? 0 : count(stringifyJson(tools));
  return conversationOverheadTokens + declared + of(prompt) + Math.max(0, ...answers.map(of));
}

function messageTokens({ content, tool_calls }: Message, count: TokenCounter): number {
  return messageOverheadTokens + count(content) + (tool_calls === undefined ? 0 : count(stringifyJson(tool_calls)));
}

const bounds = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/** Adds up lengths; memory grows with distinct lengths only. */
export function tokenStatistics(): { add: (tokens: number) => void; result: () => TokenStatistics } {
  const counts = new Map<number, number>();
  return {
    add: (tokens) => void counts.set(tokens, (counts.get(tokens) ?? 0) + 1),
    result: () => {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const rows = sorted.reduce((sum, [, count]) => sum + count, 0);
      let passed = 0;
      const middle = sorted.find(([, count]) => {
        passed += count;
        return passed * 2 >= rows;
      });
      const within = (from: number, upTo: number) =>
        sorted.filter(([tokens]) => tokens > from && tokens <= upTo).reduce((sum, [, count]) => sum + count, 0);
      const buckets: TokenStatistics['buckets'] = bounds.map((upTo, index) => ({
        upTo,
        rows: within(index === 0 ? -1 : (bounds[index - 1] ?? 0), upTo),
      }));
      buckets.push({ rows: within(bounds.at(-1) ?? 0, Number.POSITIVE_INFINITY) });
      return { encoding: 'o200k_base', buckets, median: middle?.[0] ?? 0, max: sorted.at(-1)?.[0] ?? 0 };
    },
  };
}
