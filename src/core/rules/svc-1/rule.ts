import { editDistance } from '../../model/nearest.ts';
import { pointerOf } from '../../model/pointer.ts';
import { quoted } from '../../model/text.ts';
import type { ClusterState, ObservedObject } from '../../state/state.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, step } from '../rule.ts';
import { emptyService, podLabels, type Selector, workloads } from '../service-pods.ts';

/** A pair of the selector that the labels lack: `key` carries another value, or `under` is the key that the value stands under. */
type Wrong = { key: string; wanted: string; actual: string | undefined; under: string };
type Near = { workload: ObservedObject; equal: number; wrong: Wrong[]; score: number };

/** Keys by which workloads are commonly named. */
const nameKeys = new Set(['app', 'name', 'run', 'k8s-app', 'service', 'app.kubernetes.io/name', 'app.kubernetes.io/instance']);

/** The label key that a key of the selector was meant to be: the same value stands under a key that is spelt alike or names workloads too. */
function meantKey(labels: Selector, key: string, wanted: string): string {
  const alike = Object.keys(labels).filter(
    (own) => labels[own] === wanted && (editDistance(own, key) <= 2 || (nameKeys.has(own) && nameKeys.has(key))),
  );
  return alike[0] ?? key;
}

/** The workload that the selector was most likely meant for: most pairs equal, else the same key with a similar value, or the same name. */
function nearest(state: ClusterState, service: ObservedObject, selector: Selector): Near | undefined {
  const candidates = workloads(state, service.ref.namespace).flatMap((workload): Near[] => {
    const labels = podLabels(workload);
    const pairs = Object.entries(selector);
    const wrong = pairs
      .filter(([key, value]) => labels[key] !== value)
      .map(([key, wanted]): Wrong => {
        const under = labels[key] === undefined ? meantKey(labels, key, wanted) : key;
        return { key, wanted, under, actual: labels[under] };
      });
    const equal = pairs.length - wrong.length;
    const similar = wrong.every(({ wanted, actual }) => actual !== undefined && editDistance(wanted, actual) <= 2);
    const named = workload.ref.name === service.ref.name;
    if (wrong.length === 0 || !(equal > 0 || similar || (named && wrong.every(({ actual }) => actual !== undefined)))) return [];
    return [{ workload, equal, wrong, score: equal * 4 + (named ? 3 : 0) + (similar ? 2 : 0) - wrong.length }];
  });
  return candidates.sort((a, b) => b.score - a.score || (a.workload.ref.name < b.workload.ref.name ? -1 : 1))[0];
}

/** Members of a merge patch: null takes a misspelt key out. */
function corrected(wrong: Wrong[]): Record<string, string | null> {
  const known = wrong.filter((one): one is Wrong & { actual: string } => one.actual !== undefined);
  return Object.fromEntries(
    known.flatMap(({ key, under, actual }) => [...(under === key ? [] : [[key, null] as const]), [under, actual] as const]),
  );
}

/** A Service selects no pod at all, while a workload stands beside it whose labels nearly fit. */
export default {
  id: 'SVC-1',
  version: 1,
  title: 'Service selector matches no pod',
  reasons: ['SelectorMismatch'],
  maturity: 'stable',
  kinds: ['Service'],
  references: ['core/v1 ServiceSpec.selector', 'https://kubernetes.io/docs/concepts/services-networking/service/'],
  falsePositives: [
    'Services without a selector and ExternalName',
    'a workload that is created later',
    'blue/green: the other colour is not deployed yet',
  ],
  knownGaps: ['a selector that fits another workload by accident'],
  match(incident, state) {
    const empty = emptyService(incident, state);
    if (empty === undefined || empty.pods.length > 0) return [];
    const { service, selector, signal } = empty;
    const near = nearest(state, service, selector);
    if (near === undefined || near.workload.object.spec?.replicas === 0) return [];
    const { workload, wrong } = near;
    const base = workload.ref.kind === 'Pod' ? ['metadata', 'labels'] : ['spec', 'template', 'metadata', 'labels'];
    const labels = wrong.flatMap(({ key, under }) =>
      present(
        citeField(
          workload,
          pointerOf(...base, under),
          `the pods of ${workload.ref.name} carry ${under === key ? `another ${key}` : `${under} instead`}`,
        ),
      ),
    );
    const selected = wrong.flatMap(({ key }) =>
      present(citeField(service, pointerOf('spec', 'selector', key), `the Service selects by ${key}`)),
    );
    return [
      {
        reason: 'SelectorMismatch',
        subject: service.ref,
        confidence: near.equal > 0 || workload.ref.name === service.ref.name ? 0.93 : 0.88,
        evidence: [...selected, ...labels, citeSignal(signal, 'the Service has no ready endpoint')],
        facts: {
          service: service.ref.name,
          workload: `${workload.ref.kind} ${workload.ref.name}`,
          wanted: wrong.map(({ key, wanted }) => `${key}=${wanted}`).join(', '),
          actual: wrong.map(({ under, actual }) => (actual === undefined ? `no ${under}` : `${under}=${actual}`)).join(', '),
          patch: JSON.stringify({ spec: { selector: { ...selector, ...corrected(wrong) } } }),
        },
      },
    ];
  },
  describe(claim) {
    const { service, workload, wanted, actual, patch } = claim.facts;
    return {
      rootCause: [
        observation(`Service ${service} selects ${wanted}; the pods of ${workload} carry ${actual}.`, idsOf(claim)),
        inference(`No pod matches the selector, so Service ${service} has no endpoints and its clients get no answer.`, idsOf(claim)),
      ],
      steps: [
        step(
          `Make the selector of Service ${service} and the labels of ${workload} agree.`,
          'The EndpointSlices of the Service list ready addresses.',
          {
            command: `kubectl patch service ${service}${namespaceFlag(claim.subject)} -p ${quoted(String(patch))}`,
          },
        ),
        step('Look at the endpoints afterwards.', 'Addresses are listed and ready.', {
          command: `kubectl get endpointslices${namespaceFlag(claim.subject)} -l kubernetes.io/service-name=${service}`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;
