import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type LabelerError, systemCode, usageError } from '../core/errors.ts';
import { type Review, type ReviewReason, reviewReasons } from '../core/model/review.ts';
import { printable } from '../core/model/text.ts';
import type { Choice, Edited, ReviewPort } from '../core/review-session.ts';
import { incidentPage } from './incident.ts';
import { reviewHeading } from './review.ts';
import { clip, widthOf } from './text.ts';

const keys: Record<Choice, string> = { accept: 'a', reject: 'r', edit: 'e', skip: 's', undo: 'u', quit: 'q' };

/**
 * A reviewer at a terminal: prompts and pages go to it. Leaving a prompt with Ctrl-C or Ctrl-D is quitting, and inside a question going back.
 * What cannot be stored is kept in a file beside `store`, else in the folder of temporary files.
 */
export async function terminalPort(store: string, input: Readable = process.stdin): Promise<ReviewPort> {
  let kept = `${resolve(store)}.review-${process.pid}.jsonl`;
  const prompts = await import('@inquirer/prompts');
  const left = <T>(ask: (at: Terminal) => Promise<T>) => answerOf(ask, input);
  const agreed = async (error: LabelerError, message: string) => {
    process.stdout.write(`${[error.message, ...error.suggestions.map((text) => `  → ${text}`)].map(printable).join('\n')}\n`);
    return (await left((at) => prompts.confirm({ message, default: true }, at))) ?? false;
  };
  return {
    show(shown, item, place) {
      const width = widthOf(process.stdout);
      process.stdout.write(`${reviewHeading(item, place, width)}\n${incidentPage(shown, width)}\n\n`);
    },
    choose: (choices, undo) =>
      left((at) =>
        prompts.expand<Choice>(
          {
            message: 'Is this label right?',
            expanded: true,
            choices: choices.map((value) => ({
              key: keys[value] as 'a',
              name: value === 'undo' ? clip(`undo the ${undo}`, widthOf(process.stdout) - 6) : value,
              value,
            })),
          },
          at,
        ),
      ),
    reason: async () => {
      const back = 'back' as const;
      const choices = [...reviewReasons, back];
      const reason = await left((at) =>
        prompts.select<ReviewReason | typeof back>({ message: 'What is wrong?', choices, pageSize: 10 }, at),
      );
      if (reason === undefined || reason === back) return undefined;
      const comment = await left((at) => prompts.input({ message: 'Comment (may be empty):' }, at));
      return comment === undefined ? undefined : { reason, comment: comment.trim().slice(0, 2000) };
    },
    edit: async (text) => edited(text),
    again: (error: LabelerError) => agreed(error, 'Edit again? What you wrote is kept.'),
    locked: (error) => agreed(error, 'Try again?'),
    wait: (milliseconds) => setTimeout(milliseconds),
    keep: (review) => {
      if (review === undefined) rmSync(kept, { force: true });
      else kept = written(review, kept);
      return kept;
    },
    tell: (text) => void process.stdout.write(`${printable(text)}\n`),
    now: () => new Date().toISOString(),
  };
}

type Terminal = { input: Readable; signal: AbortSignal };

/** Undefined where the person has left the prompt. */
async function answerOf<T>(ask: (at: Terminal) => Promise<T>, input: Readable): Promise<T | undefined> {
  const closed = new AbortController();
  const close = () => closed.abort();
  // At Ctrl-D readline stops to read, and the prompt would never end.
  input.once('pause', close);
  try {
    return await ask({ input, signal: closed.signal });
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) return undefined;
    throw error;
  } finally {
    input.removeListener('pause', close);
  }
}

/** Writes a review into that file, or into a temporary one where that may not be written. The name of the file. */
function written(review: Review, file: string): string {
  const line = `${JSON.stringify(review)}\n`;
  try {
    writeFileSync(file, line, { mode: 0o600 });
    return file;
  } catch (error) {
    if (systemCode(error) === '') throw error;
    const other = join(mkdtempSync(join(tmpdir(), 'k8s-labeler-review-')), 'review.jsonl');
    writeFileSync(other, line, { mode: 0o600 });
    return other;
  }
}

/** The text as the reviewer's editor left it; `failed` (EDITOR_FAILED) if the editor did not end well or left none. */
export function edited(text: string, env: NodeJS.ProcessEnv = process.env): Edited {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const directory = mkdtempSync(join(tmpdir(), 'k8s-labeler-review-'));
  const file = join(directory, 'label.yaml');
  // Ctrl-C belongs to the editor while it is open.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // As git does: the variable may hold arguments.
    const { status, signal, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env });
    const left = savedText(file);
    const end = error?.message ?? signal ?? `exit code ${status}`;
    if (error !== undefined || status !== 0) return { text: left ?? text, failed: editorFault(`${editor} ended with ${end}`, waits) };
    return left === undefined ? { text, failed: editorFault(`${editor} left no file to read`, samePlace) } : { text: left };
  } finally {
    process.removeListener('SIGINT', ignore);
    rmSync(directory, { recursive: true, force: true });
  }
}

const waits = 'set EDITOR to an editor that waits until the file is closed, such as EDITOR="code --wait"';
const samePlace = 'save the text under the name under which the editor opened it';

function editorFault(what: string, suggestion: string): LabelerError {
  return usageError('EDITOR_FAILED', `the editor ${what}`, { suggestions: [suggestion] });
}

function savedText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Who reviews if nothing else is said: the name that git knows, else that of the account. */
export function defaultReviewer(): string {
  try {
    const name = execFileSync('git', ['config', 'user.name'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    if (name !== '') return name;
  } catch {
    // No git, or no name in it.
  }
  return process.env.USER || userInfo().username;
}
