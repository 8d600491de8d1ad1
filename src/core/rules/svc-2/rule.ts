import { itemsOf } from '../../model/fields.ts';
import { formatRef } from '../../model/resource.ts';
import { covered, topOwner } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, step } from '../rule.ts';
import { emptyService, selectedWorkloads } from '../service-pods.ts';

/** A Service without a ready endpoint: its pods are not ready, or nothing provides such pods. The pods' own incident is the cause. */
export default {
  id: 'SVC-2',
  version: 1,
  title: 'Service has no ready endpoints',
  reasons: ['NoReadyEndpoints'],
  maturity: 'stable',
  kinds: ['Service'],
  references: ['discovery.k8s.io/v1 EndpointConditions.ready'],
  falsePositives: ['publishNotReadyAddresses', 'selectorless Services', 'a workload that is just starting'],
  knownGaps: ['a symptom: says that the Service is empty, and leaves the reason to the incident of its pods'],
  match(incident, state) {
    const empty = emptyService(incident, state);
    if (empty === undefined) return [];
    const { service, selector, signal, pods } = empty;
    const pod = pods[0];
    const fits = selectedWorkloads(state, service.ref.namespace, selector);
    if (pod === undefined && (fits.length > 0 || !covered(state, 'Pod', service.ref.namespace))) {
      const workload = fits[0];
      if (workload === undefined || workload.object.spec?.replicas === 0) return [];
    }
    const behind = pod === undefined ? fits[0]?.ref : topOwner(state, pod.ref);
    const conditions = itemsOf(pod?.object.status?.conditions) as { type: string }[];
    const position = conditions.findIndex(({ type }) => type === 'Ready');
    return [
      {
        reason: 'NoReadyEndpoints',
        subject: service.ref,
        confidence: pod === undefined && behind === undefined ? 0.8 : 0.7,
        evidence: present(
          citeSignal(signal, 'the Service selects pods by these labels and has no ready endpoint'),
          pod && citeField(pod, `/status/conditions/${position}`, 'the selected pod is not Ready'),
        ),
        facts: { service: service.ref.name, behind: behind === undefined ? '' : formatRef(behind), pods: pods.length },
        ...(behind === undefined ? {} : { dependsOn: behind }),
      },
    ];
  },
  describe(claim) {
    const { service, behind } = claim.facts;
    const why = behind === '' ? 'no pod with the selected labels exists' : `the pods of ${behind} behind it are not ready`;
    return {
      rootCause: [
        observation(`Service ${service} has no ready endpoint.`, idsOf(claim, 0)),
        inference(`Connections to it fail because ${why}.`, idsOf(claim)),
      ],
      steps: [
        behind === ''
          ? step('Deploy the workload that should serve it, or remove what still calls it.', 'The Service lists a ready address.', {
              risk: 'medium',
            })
          : step(`Find out why the pods of ${behind} are not ready.`, 'They become Ready and appear as endpoints.', {
              command: `kubectl describe pods${namespaceFlag(claim.subject)}`,
              risk: 'none',
            }),
      ],
    };
  },
} satisfies Rule;
