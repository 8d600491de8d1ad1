import { chalkStderr } from 'chalk';
import { clip, widthOf } from './text.ts';

type Terminal = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const refreshMilliseconds = 100;

/** A line that says how far the work is: rewritten in place on a terminal; elsewhere only what `done` says is printed, as plain lines. */
export type Progress = { update(text: () => string): void; done(text: string): void; warn(text: string): void; clear(): void };

/** Progress on a stream, usually stderr. `now` is in milliseconds. */
export function progressOn(stream: Terminal, now: () => number = Date.now): Progress {
  const live = stream.isTTY === true;
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (shown) stream.write('\r\u001b[2K');
    shown = false;
  };
  return {
    update(text) {
      if (!live || now() - last < refreshMilliseconds) return;
      last = now();
      stream.write(`\r\u001b[2K${chalkStderr.dim(clip(text(), widthOf(stream) - 1))}`);
      shown = true;
    },
    done(text) {
      clear();
      if (!live) stream.write(`${clip(text, 1000)}\n`);
    },
    warn(text) {
      clear();
      stream.write(`${chalkStderr.yellow('Warning')} ${clip(text, 1000)}\n`);
    },
    clear,
  };
}
