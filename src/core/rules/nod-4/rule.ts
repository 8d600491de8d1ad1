import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, step } from '../rule.ts';

/** The kubelet reports a new boot id: the node was restarted, and everything on it with it. */
export default {
  id: 'NOD-4',
  version: 1,
  title: 'Node was rebooted',
  reasons: ['NodeRebooted'],
  maturity: 'experimental',
  kinds: ['Node'],
  references: ['pkg/kubelet/kubelet_node_status.go (event Rebooted)', 'core/v1 NodeSystemInfo.bootID'],
  falsePositives: ['maintenance: the node is cordoned, then it is as intended'],
  knownGaps: ['why it was rebooted cannot be seen through the API'],
  match(incident, state) {
    return eventsOf(incident, ['Rebooted'], /has been rebooted/i)
      .filter(({ ref }) => ref.kind === 'Node' && state.byName.get(`Node//${ref.name}`)?.object.spec?.unschedulable !== true)
      .map((signal) => ({
        reason: 'NodeRebooted' as const,
        subject: signal.ref,
        confidence: 0.7,
        evidence: [citeSignal(signal, 'the kubelet saw a new boot id')],
        facts: { node: signal.ref.name },
      }));
  },
  describe(claim) {
    const { node } = claim.facts;
    return {
      rootCause: [
        observation(`The kubelet of node ${node} reports that the node has been rebooted.`, idsOf(claim, 0)),
        inference('All containers on it ended and were started again; their exits are no fault of their own.', idsOf(claim)),
      ],
      steps: [
        step(
          'Find out why it restarted: maintenance, kernel panic, power, the cloud provider.',
          'The reason is known, and the node stays up.',
          { command: 'last -x reboot; journalctl -b -1 -n 200', risk: 'none' },
        ),
      ],
    };
  },
} satisfies Rule;
