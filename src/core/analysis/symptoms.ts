import type { AggregatedEvent, Signal } from '../model/event.ts';
import { formatRef, type ObjectRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { formatSeconds, secondsBetween } from '../model/time.ts';

const asks = [
  'What is the root cause, and how do I fix it?',
  'Why does this happen, and what should be changed?',
  'Find the cause and give the steps to resolve it.',
];

/** Signals from the most to the least telling. */
const order: Signal['type'][] = [
  'pod.failed',
  'container.terminated',
  'container.waiting',
  'pod.unschedulable',
  'condition',
  'phase',
  'pod.notReady',
  'pod.disrupted',
  'state',
  'event',
  'log',
]; // prettier-ignore

/** The most telling signal, the first of its type; Normal Events only tell of the ordinary course. */
function leading(event: AggregatedEvent): Signal {
  const ordered = event.signals.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || a.seq - b.seq);
  return ordered.find((signal) => !(signal.type === 'event' && signal.detail.type === 'Normal')) ?? event.mainEvent;
}

/** A sentence about what is seen, such as "Container web of Deployment shop/cart ended 6 times within 5 min, with exit code 1". */
export function sightOf(event: AggregatedEvent): { text: string; signal: Signal } {
  const signal = leading(event);
  const seconds = Math.round(secondsBetween(event.openedAt, event.lastAt));
  return { text: words(signal, event.workload, seconds > 0 ? ` within ${formatSeconds(seconds)}` : ''), signal };
}

function words(signal: Signal, owner: ObjectRef, within: string): string {
  const workload = formatRef(owner);
  const pod = owner.kind === 'Pod' ? workload : `A pod of ${workload}`;
  const container =
    signal.container === undefined ? '' : `${signal.init === true ? 'Init container' : 'Container'} ${signal.container} of `;
  const { detail, count } = signal;
  switch (signal.type) {
    case 'container.terminated':
      return `${container}${workload} terminated${count > 1 ? ` ${count} times${within}` : ''} with exit code ${detail.exitCode}`;
    case 'container.waiting':
      return `${container}${workload} does not start and waits with ${detail.reason}`;
    case 'pod.failed':
      return `${pod} has failed${detail.reason === '' ? '' : ` (${detail.reason})`}`;
    case 'pod.disrupted':
      return `${pod} was ended before its time`;
    case 'pod.unschedulable':
      return `${pod} stays Pending and gets no node`;
    case 'pod.notReady':
      return `${pod} runs but does not become Ready`;
    case 'condition':
      return `${formatRef(signal.ref)} reports condition ${detail.type}=${detail.status}`;
    case 'phase':
      return `${formatRef(signal.ref)} stays in phase ${detail.phase}`;
    case 'state':
      return stateWords(signal);
    case 'log':
      return `${container}${workload} logs ${count === 1 ? 'an error' : `errors, ${count} lines${within}`}`;
    default:
      return `${formatRef(signal.ref)} has ${count === 1 ? 'an Event' : `${count} Events${within}`} with reason ${detail.reason}`;
  }
}

function stateWords(signal: Signal): string {
  const ref = formatRef(signal.ref);
  const { field, ready, desired, resource } = signal.detail;
  switch (field) {
    case 'endpoints':
      return `${ref} has no address to send traffic to`;
    case 'unavailable':
      return `${ref} has ${ready} of ${desired} replicas ready`;
    case 'paused':
      return `${ref} does not roll out its newest template`;
    case 'replicas':
      return `${ref} runs no pod`;
    case 'suspend':
      return `${ref} starts no new runs`;
    case 'disruptionsAllowed':
      return `${ref} allows no voluntary disruption`;
    case 'desiredNumberScheduled':
      return `${ref} runs no pod on any node`;
    case 'unschedulable':
      return `${ref} takes no new pods`;
    case 'terminating':
      return `${ref} is being deleted and does not go away`;
    case 'untouched':
      return `${ref} stays Pending, and nothing is said about it`;
    case 'sidecar':
      return `${ref} does not complete`;
    case 'references':
      return `${ref} serves no traffic on some of its routes`;
    case 'reclaim':
      return `${ref} is about to be taken away`;
    case 'saturation':
      return `${ref} uses nearly all of its CPU`;
    case 'utilization':
      return `${ref} uses much of the ${resource} that it may use`;
    default:
      return `${ref} shows ${field}`;
  }
}

/**
 * A question about the symptom that does not contain the answer: where the symptom itself has the answer's name (a Node condition), it
 * only says that something is wrong. The phrasing is chosen by the incident key.
 */
export function questionOf(event: AggregatedEvent, reason: Reason): string {
  const { text } = sightOf(event);
  const hash = [...event.key].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
  return `${names(text, reason) ? `${formatRef(event.workload)} is not healthy` : text}. ${asks[hash % asks.length]}`;
}

function names(text: string, reason: Reason): boolean {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '');
  return plain.includes(reason.toLowerCase());
}
