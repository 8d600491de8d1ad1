import { itemsOf } from '../../model/fields.ts';
import { findObject, objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, step } from '../rule.ts';
import { parseSandboxFailure } from '../sandbox-message.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

/** The kubelet cannot give the pod a network: the network plugin fails, or has no address left. */
export default {
  id: 'NET-2',
  version: 1,
  title: 'Pod gets no network',
  reasons: ['SandboxNetworkFailed', 'IpExhaustion'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'pkg/kubelet/kuberuntime (event FailedCreatePodSandBox)',
    'https://github.com/containernetworking/cni/blob/main/SPEC.md#error',
  ],
  falsePositives: [
    'a node that just joined: the plugin starts a moment later and the pod runs',
    'a sandbox that fails for its image or cgroup',
  ],
  knownGaps: ['why the plugin fails is in its own log on the node'],
  match(incident, state) {
    return eventsOf(incident, ['FailedCreatePodSandBox', 'FailedCreatePodSandbox', 'NetworkNotReady']).flatMap((signal) => {
      const message = String(signal.detail.message);
      const failure = parseSandboxFailure(message);
      const pod = objectOf(state, signal.ref);
      // A pod that has an address got over it.
      if (failure === undefined || (pod !== undefined && (pod.deleted !== undefined || itemsOf(pod.object.status?.podIPs).length > 0)))
        return [];
      const node = findObject(state, 'Node', '', String(pod?.object.spec?.nodeName ?? ''));
      return [
        {
          reason: failure.kind === 'address' ? ('IpExhaustion' as const) : ('SandboxNetworkFailed' as const),
          subject: ownerSubject(state, signal.ref),
          confidence: failure.kind === 'address' ? 0.93 : 0.88,
          evidence: present(
            citeSignal(signal, 'the kubelet says why the pod has no network'),
            pod && citeField(pod, '/spec/nodeName', 'the node it was given'),
          ),
          facts: {
            pod: signal.ref.name,
            node: String(pod?.object.spec?.nodeName ?? ''),
            plugin: failure.plugin,
            message: message.slice(0, 400),
          },
          needs: ['the log of the network plugin on that node'],
          ...(node === undefined ? {} : { dependsOn: node.ref }),
        },
      ];
    });
  },
  describe(claim) {
    const { pod, node, plugin, message } = claim.facts;
    const on = node === '' ? 'its node' : `node ${node}`;
    const name = plugin === '' ? 'The network plugin' : `The network plugin ${plugin}`;
    const exhausted = claim.reason === 'IpExhaustion';
    return {
      rootCause: [
        observation(sentence(`The kubelet cannot create the sandbox of pod ${pod}: ${message}`), idsOf(claim, 0)),
        inference(
          exhausted
            ? `${name} has no free address for pods on ${on}, so no container of the pod starts.`
            : `${name} on ${on} does not set up the network of the pod, so no container of it starts.`,
          idsOf(claim),
        ),
      ],
      steps: exhausted
        ? [
            step('Count the pods and addresses in use on the node and in its range.', 'You see which range is used up.', {
              command: 'kubectl get pods -A -o wide --field-selector spec.nodeName=<node>',
              risk: 'none',
            }),
            step(
              'Free addresses that dead pods still hold, or give the plugin a larger range or subnet.',
              `Pod ${pod} gets an address and starts.`,
              { risk: 'medium' },
            ),
          ]
        : [
            step(`Look at the pod of the network plugin on ${on} and its log.`, 'It says why it fails.', {
              command: `kubectl get pods -n kube-system -o wide${node === '' ? '' : ` --field-selector spec.nodeName=${node}`}`,
              risk: 'none',
            }),
            step(
              'Repair or restart the plugin; check its configuration in /etc/cni/net.d and its binaries.',
              `Pod ${pod} gets an address and starts.`,
              { risk: 'medium' },
            ),
          ],
    };
  },
} satisfies Rule;
