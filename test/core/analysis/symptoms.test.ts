import { describe, expect, it } from 'vitest';
import { questionOf, sightOf } from '../../../src/core/analysis/symptoms.ts';
import { troubleshootingLabel } from '../../../src/core/labels/troubleshooting.ts';
import type { AggregatedEvent, Signal } from '../../../src/core/model/event.ts';
import { questionProblems } from '../../../src/core/quality/question.ts';
import { time } from '../records.ts';
import { incident, ref } from './claims.ts';
import { fixtures, run } from './run.ts';

function withSignals(...signals: Partial<Signal>[]): AggregatedEvent {
  const { event } = incident('cart');
  const [base] = event.signals as [Signal];
  return { ...event, signals: signals.map((signal, position) => ({ ...base, id: String(position), ...signal })) };
}

const pod = { ref: ref('Pod', 'cart-1') };
const bare = { container: undefined };

describe('what is seen of an incident', () => {
  it.each<[Partial<Signal>, string]>([
    [
      { type: 'container.terminated', count: 6, detail: { exitCode: 1 } },
      'Container app of Deployment shop/cart terminated 6 times within 5 min with exit code 1',
    ],
    [
      { type: 'container.terminated', count: 1, init: true, detail: { exitCode: 2 } },
      'Init container app of Deployment shop/cart terminated with exit code 2',
    ],
    [
      { type: 'container.waiting', detail: { reason: 'ErrImagePull' } },
      'Container app of Deployment shop/cart does not start and waits with ErrImagePull',
    ],
    [{ ...pod, type: 'pod.failed', detail: { reason: 'Evicted' } }, 'A pod of Deployment shop/cart has failed (Evicted)'],
    [{ ...pod, type: 'pod.unschedulable' }, 'A pod of Deployment shop/cart stays Pending and gets no node'],
    [{ ...pod, type: 'pod.notReady' }, 'A pod of Deployment shop/cart runs but does not become Ready'],
    [
      { ...bare, type: 'condition', detail: { type: 'Progressing', status: 'False' } },
      'Deployment shop/cart reports condition Progressing=False',
    ],
    [
      { ...bare, ref: ref('Service', 'cart'), type: 'state', detail: { field: 'endpoints' } },
      'Service shop/cart has no address to send traffic to',
    ],
    [{ type: 'log', count: 9 }, 'Container app of Deployment shop/cart logs errors, 9 lines within 5 min'],
    [{ type: 'log', count: 1 }, 'Container app of Deployment shop/cart logs an error'],
    [{ ...pod, type: 'event', count: 1, detail: { reason: 'FailedMount' } }, 'Pod shop/cart-1 has an Event with reason FailedMount'],
    [
      { ...pod, type: 'event', count: 4, detail: { reason: 'FailedMount' } },
      'Pod shop/cart-1 has 4 Events within 5 min with reason FailedMount',
    ],
  ])('is told in a sentence: %j', (signal, sentence) => {
    expect(sightOf(withSignals(signal)).text).toBe(sentence);
  });

  it('is told by its most telling signal', () => {
    const event = withSignals(
      { type: 'log' },
      { type: 'event', detail: { reason: 'BackOff' } },
      { type: 'container.terminated', detail: { exitCode: 1 } },
    );
    expect(sightOf(event).signal.type).toBe('container.terminated');
  });

  it('of a bare pod names the pod', () => {
    const event = { ...withSignals({ ...pod, type: 'pod.failed', detail: { reason: '' } }), workload: ref('Pod', 'cart-1') };
    expect(sightOf(event).text).toBe('Pod shop/cart-1 has failed');
  });
});

describe('the question', () => {
  it('is the same for the same incident, and differs in wording between incidents', () => {
    const event = withSignals({ type: 'pod.failed', detail: { reason: '' } });
    expect(questionOf(event, 'ImageNotFound')).toBe(questionOf({ ...event, openedAt: time(0) }, 'ImageNotFound'));
    expect(new Set(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => questionOf({ ...event, key }, 'ImageNotFound'))).size).toBeGreaterThan(1);
  });

  it('only says that something is wrong where the symptom has the name of the answer', () => {
    const event = withSignals({ ...bare, ref: ref('Node', 'n'), type: 'condition', detail: { type: 'MemoryPressure', status: 'True' } });
    expect(questionOf(event, 'MemoryPressure')).toMatch(/^Deployment shop\/cart is not healthy\. /);
    expect(questionOf(event, 'ImageNotFound')).toMatch(/^Node shop\/n reports condition MemoryPressure=True\. /);
  });

  it('never contains the answer, whatever rule answers', () => {
    const provenance = { captureId: 'c', toolVersion: '1', rulesVersion: '1', qualityVersion: '1', clusterNames: new Map() };
    const revealing = fixtures().flatMap(({ name, records, coverage }) =>
      run(records, { coverage }).events.flatMap((event) =>
        questionProblems(troubleshootingLabel(event, provenance)).map(({ message }) => `${name}: ${message} ${event.question}`),
      ),
    );
    expect(revealing).toEqual([]);
  });
});
