import type { AggregatedEvent, Signal } from '../model/event.ts';
import { formatRef } from '../model/resource.ts';
import { formatSeconds, secondsBetween } from '../model/time.ts';

/** What people see of an incident, without its cause: the words for `problem` and for the question. */
export type Symptom = { sight: string; ask: string };

const asks = [
  'What is the root cause, and how do I fix it?',
  'Why does this happen, and what should be changed?',
  'Find the cause and give the steps to resolve it.',
];

/** The most telling signal: crashes before waiting before scheduling before the rest; confirmed by nature, not by order. */
function leading(event: AggregatedEvent): Signal {
  const order: Signal['type'][] = ['pod.failed', 'container.terminated', 'container.waiting', 'pod.unschedulable', 'condition', 'phase', 'pod.notReady', 'state', 'event', 'log'];
  const bySeverity = [...event.signals].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type) || a.seq - b.seq);
  return bySeverity.find((signal) => !(signal.type === 'event' && signal.detail.type === 'Normal')) ?? event.mainEvent;
}

/** A sentence about what is seen, such as "Container web of Deployment shop/cart terminated 6 times within 5 min, last with exit code 1". */
export function sightOf(event: AggregatedEvent): { text: string; signal: Signal } {
  const signal = leading(event);
  const workload = formatRef(event.workload);
  const during = formatSeconds(secondsBetween(event.openedAt, event.lastAt));
  return { text: words(signal, workload, during), signal };
}

function words(signal: Signal, workload: string, during: string): string {
  const container = signal.container === undefined ? '' : `${signal.init === true ? 'Init container' : 'Container'} ${signal.container} of `;
  const { detail } = signal;
  switch (signal.type) {
    case 'container.terminated': {
      const times = signal.count > 1 ? ` ${signal.count} times within ${during}` : '';
      return `${container}${workload} terminated${times}, with exit code ${detail.exitCode}`;
    }
    case 'container.waiting':
      return `${container}${workload} does not start: it is waiting with ${detail.reason}`;
    case 'pod.failed':
      return `A pod of ${workload} has failed${detail.reason === '' ? '' : ` (${detail.reason})`}`;
    case 'pod.disrupted':
      return `A pod of ${workload} was ended before its time`;
    case 'pod.unschedulable':
      return `A pod of ${workload} stays Pending and gets no node`;
    case 'pod.notReady':
      return `A pod of ${workload} runs but is not Ready`;
    case 'condition':
      return `${formatRef(signal.ref)} reports ${detail.type}=${detail.status}`;
    case 'phase':
      return `${formatRef(signal.ref)} stays in phase ${detail.phase}`;
    case 'state':
      return stateWords(signal);
    case 'log':
      return `${container}${workload} logs errors, ${signal.count} in ${during}`;
    default:
      return `${formatRef(signal.ref)} has Events with reason ${detail.reason}, ${signal.count} in ${during}`;
  }
}

function stateWords(signal: Signal): string {
  const ref = formatRef(signal.ref);
  switch (signal.detail.field) {
    case 'endpoints':
      return `${ref} has no ready endpoints`;
    case 'unavailable':
      return `${ref} has ${signal.detail.ready} of ${signal.detail.desired} replicas ready`;
    case 'paused':
      return `${ref} does not roll out its newest template`;
    case 'suspend':
      return `${ref} starts no new runs`;
    case 'disruptionsAllowed':
      return `${ref} allows no voluntary disruption`;
    case 'desiredNumberScheduled':
      return `${ref} runs no pod on any node`;
    default:
      return `${ref} shows ${signal.detail.field}`;
  }
}

/** A question about the symptom that does not contain the answer; the phrasing is chosen by the incident key. */
export function questionOf(event: AggregatedEvent): string {
  const { text } = sightOf(event);
  const hash = [...event.key].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
  return `${text}. ${asks[hash % asks.length]}`;
}
