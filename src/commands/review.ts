import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes, usageError } from '../core/errors.ts';
import { oneLine } from '../core/model/text.ts';
import type { ReviewImport } from '../core/review-files.ts';
import { queueTable, reviewImportText, sessionText } from '../render/review.ts';
import { defaultReviewer, terminalPort } from '../render/review-prompts.ts';
import { counted, widthOf } from '../render/text.ts';

export default class Review extends BaseCommand {
  static override summary = 'Look at labels and say which are right';
  static override description =
    `Shows the labels that are most worth a look, one after the other, as a timeline with the evidence, and asks: accept, reject (with a reason), edit root cause and plan in $EDITOR, skip, undo, quit. Each verdict is written at once; the same command goes on where it ended. Undo goes back into earlier sessions. The store is not held while you think. Labels are never changed by it.

The queue: causes that were too close, the next cause near, low scores, rare reasons, rules that nobody reviewed, the rest; a fixed tenth, chosen by hash, is spread among them. Without a terminal use --list, --export and --import.

Exit code 5: the store could not be opened or written; the last verdict is kept in a file. 6: --import refused some lines, or reviews are stale or of unknown labels.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --limit 20',
    '<%= config.bin %> <%= command.id %> --reason ContainerLimitOom --reviewer ada',
    '<%= config.bin %> <%= command.id %> --list --json',
    '<%= config.bin %> <%= command.id %> --export reviews.jsonl',
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store (default: store.path of the configuration)', helpValue: 'FILE' }),
    reviewer: Flags.string({ summary: 'Who reviews (default: user.name of git, else $USER)', helpValue: 'NAME' }),
    limit: Flags.integer({ summary: 'At most this many labels', helpValue: 'N', min: 1 }),
    reason: Flags.string({ summary: 'Only labels of this reason', helpValue: 'REASON' }),
    cluster: Flags.string({ summary: 'Only labels of this cluster', helpValue: 'ID' }),
    list: Flags.boolean({ summary: 'Print the queue', exclusive: ['export', 'import'] }),
    export: Flags.string({ summary: 'Write all reviews as JSON Lines (- prints)', helpValue: 'FILE', exclusive: ['list', 'import'] }),
    import: Flags.string({ summary: 'Merge reviews of such a file', helpValue: 'FILE', exclusive: ['list', 'export'] }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Review);
    const asks = !flags.list && flags.export === undefined && flags.import === undefined;
    if (asks) this.refuseWithoutTerminal();
    const { parseReason } = await import('../core/check.ts');
    const filter = { cluster: flags.cluster, reason: flags.reason === undefined ? undefined : parseReason(flags.reason) };
    const reviewer = (flags.reviewer ?? defaultReviewer()).trim().slice(0, 200);
    if (reviewer === '') throw usageError('REVIEWER_MISSING', 'the name of the reviewer is empty', { suggestions: ['--reviewer NAME'] });
    const url = flags.store ?? (await this.settings(flags.config)).store.path;
    const { openStore } = await import('../core/store/open.ts');
    const { reviewQueue } = await import('../core/review-queue.ts');
    const open = (readOnly: boolean) => openStore(url, { readOnly, create: false });
    if (asks) {
      const { briefly } = await import('../core/review-store.ts');
      const { reviewSession } = await import('../core/review-session.ts');
      const port = await terminalPort(url);
      const tell = { ...port, waiting: (error: Error) => port.tell(`${error.message}; trying again`) };
      const queue = await briefly(open, 'read', tell, (store) => reviewQueue(store, reviewer, filter));
      const summary = await reviewSession(open, queue.slice(0, flags.limit), reviewer, port);
      if (summary.kept !== undefined) process.exitCode = exitCodes.store;
      this.log(sessionText(summary, widthOf(process.stdout)));
      return summary;
    }
    const store = await open(flags.import === undefined);
    try {
      if (flags.import !== undefined)
        return this.imported(await (await import('../core/review-files.ts')).importReviews(store, flags.import));
      if (flags.export !== undefined) {
        const target = this.target('--export', flags.export);
        const exported = await (await import('../core/review-files.ts')).exportReviews(store, target);
        this.written(target, `${counted(exported.reviews, 'review')} → ${exported.file}\nsha256 ${exported.sha256}`);
        return exported;
      }
      const waiting = await reviewQueue(store, reviewer, filter);
      const queue = waiting.slice(0, flags.limit);
      this.log(queueTable(queue, waiting.length, reviewer, widthOf(process.stdout)));
      return { reviewer, waiting: waiting.length, queue };
    } finally {
      await store.close();
    }
  }

  private refuseWithoutTerminal(): void {
    if (process.stdin.isTTY && process.stdout.isTTY && !this.jsonEnabled()) return;
    throw usageError('REVIEW_NEEDS_TERMINAL', 'a review asks questions, and there is no terminal to ask them', {
      suggestions: ['the queue: k8s-labeler review --list --json', 'reviews from elsewhere: k8s-labeler review --import FILE'],
    });
  }

  private imported(result: ReviewImport): ReviewImport {
    for (const { file, line, problem } of result.refused) this.progress(oneLine(`${file}:${line} ${problem}`, 1000));
    if (result.refusedCount + result.stale + result.unknown > 0) process.exitCode = exitCodes.incomplete;
    this.log(reviewImportText(result));
    return result;
  }
}
