import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, step } from '../rule.ts';
import { emptyService, selectedWorkloads } from '../service-pods.ts';

/** A Service is empty because the workload that it selects was scaled to zero. From the start at zero, it is meant to be so. */
export default {
  id: 'SVC-3',
  version: 1,
  title: 'Workload behind a Service is scaled to zero',
  reasons: ['ScaledToZero', 'IntendedState'],
  maturity: 'stable',
  kinds: ['Service', 'Deployment', 'StatefulSet'],
  references: ['apps/v1 DeploymentSpec.replicas'],
  falsePositives: ['scale-to-zero autoscalers (KEDA, Knative) do this on purpose'],
  knownGaps: ['who scaled it is known only with managedFields or an audit log'],
  match(incident, state) {
    const empty = emptyService(incident, state);
    if (empty === undefined) return [];
    const { service, selector, signal } = empty;
    return selectedWorkloads(state, service.ref.namespace, selector)
      .filter(({ object }) => object.spec?.replicas === 0)
      .slice(0, 1)
      .map((workload) => {
        const before = workload.versions.findLast(({ object }) => Number(object.spec?.replicas) > 0);
        return {
          reason: before === undefined ? ('IntendedState' as const) : ('ScaledToZero' as const),
          subject: workload.ref,
          confidence: before === undefined ? 0.75 : 0.95,
          evidence: present(
            citeField(workload, '/spec/replicas', 'the workload asks for 0 replicas'),
            before && citeField({ ...before, ref: workload.ref }, '/spec/replicas', 'it asked for replicas before', { type: 'change' }),
            citeSignal(signal, 'the Service that selects it has no ready endpoint'),
          ),
          facts: {
            workload: `${workload.ref.kind} ${workload.ref.name}`,
            name: workload.ref.name,
            kind: workload.ref.kind.toLowerCase(),
            service: service.ref.name,
            before: Number(before?.object.spec?.replicas ?? 0),
          },
        };
      });
  },
  describe(claim) {
    const { workload, name, kind, service, before } = claim.facts;
    const scaled = before === 0 ? `${workload} asks for 0 replicas.` : `${workload} was scaled from ${before} to 0 replicas.`;
    return {
      rootCause: [
        observation(scaled, idsOf(claim)),
        inference(`Service ${service} selects only its pods, so it has no endpoint and connections to it fail.`, idsOf(claim)),
      ],
      steps: [
        step(`Scale ${workload} up again, unless it is meant to be off.`, `Service ${service} lists ready endpoints.`, {
          command: `kubectl scale ${kind} ${name}${namespaceFlag(claim.subject)} --replicas=${before === 0 ? 1 : before}`,
        }),
      ],
    };
  },
} satisfies Rule;
