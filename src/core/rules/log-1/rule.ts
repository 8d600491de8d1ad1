import type { AggregatedEvent, Signal } from '../../model/event.ts';
import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import { formatSeconds, secondsBetween } from '../../model/time.ts';
import { objectOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { citeSignal, idsOf, inference, logsOf, observation, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Texts that name a failure, but for which no rule of its own makes a claim about a container that runs. */
const signatures = [
  'uncaught-exception',
  'go-panic',
  'file-missing',
  'module-missing',
  'missing-table',
  'migration-failed',
  'rejected-record',
  'mesh-denied',
  'config-invalid',
  'env-missing',
  'env-invalid',
  'connection-reset',
  'dependency-loading',
  'unauthorized-k8s',
  'no-space',
  'oom-heap',
]; // prettier-ignore
// What clients do wrong, or that they went away: the program answers them and goes on.
const clientFault =
  /\bbad request\b|\bbroken pipe\b|ClientAbort|\bclient (?:disconnected|closed|went away|aborted)|request (?:was )?(?:aborted|cancell?ed)|HttpMessageNotReadable|MethodArgumentNotValid|ConstraintViolation|ValidationE(?:rror|xception)|\bvalidation failed|JSON parse error|invalid (?:json|token|input|argument|parameter|request|csrf)|\bunprocessable\b|(?:jwt|token|session) (?:has )?expired|NoResourceFound|NotFoundException|\bstatus(?:code)?["=: ]{1,3}4\d\d\b/i;
// PostgreSQL's own log (two spaces after the level) tells what its clients did wrong.
const serverLine = /\b(?:ERROR|FATAL): {2}\S/;
const leastCount = 10;
const leastSeconds = 180;
const longSeconds = 600;

/**
 * Whether the line is nothing new: an earlier incident was about its kind, which has come steadily since, or it was there as soon as the
 * recording could hear the container, which had been running for long by then.
 */
function isOldNews({ openedAt, context }: AggregatedEvent, state: ClusterState, signal: Signal): boolean {
  const { steadySince, heardSince } = signal.detail;
  if (typeof steadySince !== 'string' || typeof heardSince !== 'string') return false;
  if (context.history.earlierIncidents > 0 && secondsBetween(steadySince, openedAt) > longSeconds) return true;
  const pod = objectOf(state, signal.ref);
  if (pod === undefined) return false;
  const period = secondsBetween(signal.at, signal.lastAt) / Math.max(1, signal.count - 1);
  const quiet = Math.max(secondsBetween(heardSince, steadySince), secondsBetween(pod.firstAt, steadySince));
  const statuses = itemsOf(fieldsOf(pod.object.status).containerStatuses);
  const started = text(fieldsOf(fieldsOf(statuses.find(({ name }) => name === signal.container)?.state).running).startedAt);
  return quiet <= Math.max(30, 3 * period) && secondsBetween(started, pod.firstAt) > longSeconds;
}

/** For how long the log had been recorded before the first line of this kind; 0 when that is too short to mean anything. */
function quietBefore({ detail }: Signal): number {
  const seconds = secondsBetween(String(detail.heardSince), String(detail.firstHeardAt));
  return seconds >= leastSeconds ? seconds : 0;
}

/** A container runs and keeps logging the same failure; nothing better is known. */
export default {
  id: 'LOG-1',
  version: 1,
  title: 'Errors are logged again and again',
  reasons: ['AppErrorsLogged'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['the signature library of src/core/analysis/logs'],
  falsePositives: ['errors that the program handles and that harm nobody (those that were there before are left out)'],
  knownGaps: [
    'says what is logged, not why: every mechanism rule outranks it',
    'an error of a container that had been running for long, there as soon as the recording begins, is taken for a habit',
  ],
  match(incident, state) {
    if (incident.status !== 'ongoing') return [];
    return logsOf(incident, signatures)
      .filter(
        ({ count, at, lastAt, detail }) =>
          count >= leastCount &&
          detail.exit !== true &&
          detail.quiet !== true &&
          !clientFault.test(String(detail.message)) &&
          !serverLine.test(String(detail.message)) &&
          Date.parse(lastAt) - Date.parse(at) >= leastSeconds * 1000,
      )
      .filter((signal) => !isOldNews(incident, state, signal))
      .map((signal) => ({
        reason: 'AppErrorsLogged' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: 0.62,
        evidence: [citeSignal(signal, 'the line that repeats')],
        facts: {
          container: signal.container ?? '',
          line: String(signal.detail.message).trim().slice(0, 240),
          count: signal.count,
          quietBefore: quietBefore(signal),
        },
        needs: ['what the failing operation needs'],
      }));
  },
  describe(claim) {
    const { container, line, count, quietBefore: quiet } = claim.facts;
    const before = Number(quiet) > 0 ? `; the recorded log of the ${formatSeconds(Number(quiet))} before holds nothing like it` : '';
    return {
      rootCause: [
        observation(`Container ${container} has logged "${line}" ${count} times${before}.`, idsOf(claim, 0)),
        inference('It runs, but this operation fails every time; the recording shows no cause outside of it.', idsOf(claim, 0)),
      ],
      steps: [
        step('Find the operation that logs this line and what it needs.', 'The line is no longer logged.', {
          command: `kubectl logs -n ${claim.subject.namespace} <pod> -c ${container} --since=1h`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;
