import { itemsOf } from '../../model/fields.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const failed = [
  'SyncLoadBalancerFailed',
  'CreatingLoadBalancerFailed',
  'UpdateLoadBalancerFailed',
  'FailedBuildModel',
  'FailedDeployModel',
  'AllocationFailed',
];

/** The cloud controller cannot make the load balancer of a Service. */
export default {
  id: 'LBR-1',
  version: 1,
  title: 'Load balancer of a Service cannot be made',
  reasons: ['LoadBalancerFailed'],
  maturity: 'experimental',
  kinds: ['Service'],
  references: ['staging/src/k8s.io/cloud-provider/controllers/service/controller.go (event SyncLoadBalancerFailed)'],
  falsePositives: [
    'a cluster without a load balancer controller says nothing: <pending> is then as expected',
    'a failure that the next try heals',
  ],
  knownGaps: ['messages of cloud providers are quoted, not explained'],
  match(incident, state) {
    return eventsOf(incident, failed)
      .filter(({ ref }) => ref.kind === 'Service')
      .flatMap((signal) => {
        const service = objectOf(state, signal.ref);
        if (itemsOf(service?.object.status?.loadBalancer?.ingress).length > 0) return [];
        return [
          {
            reason: 'LoadBalancerFailed' as const,
            subject: signal.ref,
            confidence: 0.7,
            evidence: present(
              citeSignal(signal, 'the controller says why'),
              service && citeField(service, '/spec/type', 'the type of the Service'),
            ),
            facts: { service: signal.ref.name, message: String(signal.detail.message).slice(0, 400) },
          },
        ];
      })
      .slice(-1);
  },
  describe(claim) {
    const { service, message } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`The controller reports for Service ${service}: ${message}`), idsOf(claim, 0)),
        inference('It gets no load balancer, so nothing outside of the cluster reaches it.', idsOf(claim)),
      ],
      steps: [
        step(
          'Correct what the message names: quota, subnets and their tags, annotations, or the rights of the controller.',
          `Service ${service} gets an external address.`,
          {
            command: `kubectl describe service ${service} -n ${claim.subject.namespace}`,
            risk: 'none',
          },
        ),
      ],
    };
  },
} satisfies Rule;
