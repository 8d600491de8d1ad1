import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type LabelerError, systemCode, usageError } from '../core/errors.ts';
import { type ReviewReason, reviewReasons } from '../core/model/review.ts';
import { oneLine, printable } from '../core/model/text.ts';
import type { Choice, ReviewPort } from '../core/review-session.ts';
import { incidentPage } from './incident.ts';
import { reviewHeading } from './review.ts';
import { widthOf } from './text.ts';

const keys: Record<Choice, string> = { accept: 'a', reject: 'r', edit: 'e', skip: 's', undo: 'u', quit: 'q' };

/**
 * A reviewer at a terminal: prompts and pages go to it. Leaving a prompt with Ctrl-C is quitting, and inside a question going back. What cannot
 * be stored is kept in a file beside `store`.
 */
export async function terminalPort(store: string): Promise<ReviewPort> {
  const kept = `${resolve(store)}.review-${process.pid}.jsonl`;
  const { confirm, expand, input, select } = await import('@inquirer/prompts');
  return {
    show(shown, item, place) {
      const width = widthOf(process.stdout);
      process.stdout.write(`${reviewHeading(item, place, width)}\n${incidentPage(shown, width)}\n\n`);
    },
    choose: (choices, undo) =>
      left(
        expand<Choice>({
          message: 'Is this label right?',
          expanded: true,
          choices: choices.map((value) => ({
            key: keys[value] as 'a',
            name: value === 'undo' ? oneLine(`undo the ${undo}`, 140) : value,
            value,
          })),
        }),
      ),
    reason: () =>
      left(
        (async () => {
          const back = 'back' as const;
          const reason = await select<ReviewReason | typeof back>({
            message: 'What is wrong?',
            choices: [...reviewReasons, back],
            pageSize: 10,
          });
          if (reason === back) return undefined;
          return { reason, comment: (await input({ message: 'Comment (may be empty):' })).trim().slice(0, 2000) };
        })(),
      ),
    edit: async (text) => edited(text),
    again: async (error: LabelerError) => {
      process.stdout.write(`${printable(error.message)}\n`);
      return (await left(confirm({ message: 'Edit again? What you wrote is kept.', default: true }))) ?? false;
    },
    locked: async (error) => {
      process.stdout.write(`${printable(error.message)}\n`);
      return (await left(confirm({ message: 'Try again?', default: true }))) ?? false;
    },
    wait: (milliseconds) => setTimeout(milliseconds),
    keep: (review) => {
      if (review === undefined) rmSync(kept, { force: true });
      else writeFileSync(kept, `${JSON.stringify(review)}\n`, { mode: 0o600 });
      return kept;
    },
    tell: (text) => void process.stdout.write(`${printable(text)}\n`),
    now: () => new Date().toISOString(),
  };
}

/** Undefined where the person has left the prompt. */
async function left<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return undefined;
    throw error;
  }
}

/** The text as the reviewer's editor left it. Throws EDITOR_FAILED with what it was that failed. */
export function edited(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const directory = mkdtempSync(join(tmpdir(), 'k8s-labeler-review-'));
  const file = join(directory, 'label.yaml');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // As git does: the variable may hold arguments.
    const { status, signal, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env });
    if (error !== undefined || status !== 0) {
      throw usageError('EDITOR_FAILED', `the editor ${editor} ended with ${error?.message ?? signal ?? `exit code ${status}`}`, {
        suggestions: ['set EDITOR to an editor that waits until the file is closed, such as EDITOR="code --wait"'],
      });
    }
    return saved(file, editor);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function saved(file: string, editor: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError('EDITOR_FAILED', `the editor ${editor} left no file to read (${systemCode(error)})`, {
      suggestions: ['save the text under the name under which the editor opened it'],
    });
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
