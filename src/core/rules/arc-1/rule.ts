import { findObject, objectOf } from '../../state/lookups.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { failedStarts } from '../start-claim.ts';
import { ownerSubject } from '../subject.ts';

/** The program in the image is built for another processor than the node's. */
export default {
  id: 'ARC-1',
  version: 1,
  title: 'Image for another processor architecture',
  reasons: ['ImageArchMismatch'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['execve(2) ENOEXEC', 'core/v1 NodeSystemInfo.architecture'],
  falsePositives: ['a script without #! gives the same text: less sure where the command looks like one'],
  knownGaps: ['the platforms of the image are not recorded'],
  match(incident, state) {
    return failedStarts(incident, state, 'wrong-format').map(({ signal, command, image, confidence, evidence }) => {
      const nodeName = String(objectOf(state, signal.ref)?.object.spec?.nodeName ?? '');
      const node = findObject(state, 'Node', '', nodeName);
      const script = /\.(?:sh|bash|py|rb|pl|js)$/.test(command);
      return {
        reason: 'ImageArchMismatch',
        subject: ownerSubject(state, signal.ref),
        confidence: script ? 0.7 : Math.min(confidence, 0.93),
        evidence: [...evidence, ...present(node && citeField(node, '/status/nodeInfo/architecture', 'the processor of the node'))],
        facts: {
          container: signal.container ?? '',
          command,
          image,
          architecture: String(node?.object.status?.nodeInfo?.architecture ?? ''),
          node: nodeName,
        },
      };
    });
  },
  describe(claim) {
    const { container, command, image, architecture, node } = claim.facts;
    const cpu = architecture === '' ? 'the processor of the node' : `${architecture}, the processor of node ${node}`;
    return {
      rootCause: [
        observation(
          `Container ${container} fails to execute ${command === '' ? 'its command' : command} with "exec format error".`,
          idsOf(claim, 0),
        ),
        inference(`The program in image ${image === '' ? 'of the container' : image} is not built for ${cpu}.`, idsOf(claim)),
      ],
      steps: [
        step('Build and push the image for all architectures of the cluster, or use one that has them.', 'The container starts.', {
          command: `docker buildx build --platform linux/amd64,linux/arm64 -t ${image === '' ? '<image>' : image} --push .`,
        }),
        step('Until then, keep the pods on nodes of the architecture of the image.', 'The pods run on such a node.', {
          command: `kubectl patch ${target(claim.subject)} --type=merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/arch":"<architecture>"}}}}}'`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;
