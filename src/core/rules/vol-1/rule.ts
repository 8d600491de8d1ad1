import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

const multiAttach = /multi-attach error for volume "([^"]+)"/i;
const timeout = /timed? ?out|deadline exceeded/i;
const holder = /already used by pod\(s\) ([^\s,]+)/i;

/** A volume cannot be attached to the node: another node holds it, or attaching does not finish. */
export default {
  id: 'VOL-1',
  version: 1,
  title: 'Volume cannot be attached',
  reasons: ['AttachFailedMultiAttach', 'AttachTimeout'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/controller/volume/attachdetach/reconciler/reconciler.go', 'pkg/volume/util/operationexecutor'],
  falsePositives: ['a rolling update whose old pod leaves within minutes: the Event must go on for 90 s'],
  knownGaps: ['VolumeAttachments are not read, so the other node is not always named'],
  match(incident, state) {
    return eventsOf(incident, ['FailedAttachVolume']).flatMap((signal) => {
      const message = String(signal.detail.message);
      const volume = multiAttach.exec(message)?.[1] ?? /volume "([^"]+)"/i.exec(message)?.[1] ?? '';
      const multi = multiAttach.test(message);
      if (!multi && !timeout.test(message)) return [];
      return [
        {
          reason: multi ? ('AttachFailedMultiAttach' as const) : ('AttachTimeout' as const),
          subject: ownerSubject(state, signal.ref),
          confidence: multi ? 0.93 : 0.75,
          evidence: [citeSignal(signal, 'the volume is not attached')],
          facts: { volume, holder: holder.exec(message)?.[1] ?? '', pod: signal.ref.name, message: message.slice(0, 300) },
        },
      ];
    });
  },
  describe(claim) {
    const { volume, holder: other, pod, message } = claim.facts;
    const multi = claim.reason === 'AttachFailedMultiAttach';
    const why = multi
      ? `Volume ${volume} can be attached to one node only, and ${other === '' ? 'another node' : `pod ${other} on another node`} still holds it.`
      : 'The storage backend did not attach the volume in time.';
    return {
      rootCause: [observation(`Pod ${pod} waits for its volume: ${sentence(message)}`, idsOf(claim, 0)), inference(why, idsOf(claim))],
      steps: multi
        ? [
            step(
              'Delete the old pod if it still runs or hangs on a node that is gone.',
              'The volume is detached there and attached to the new node.',
              { command: 'kubectl get volumeattachments', risk: 'medium' },
            ),
            step(
              'Use strategy Recreate (or a ReadWriteMany volume) so that two nodes never need it at once.',
              'The next rollout does not wait.',
              { risk: 'medium' },
            ),
          ]
        : [
            step('Look at the attacher of the storage driver and at the backend.', 'The volume is attached.', {
              command: 'kubectl get volumeattachments',
              risk: 'none',
            }),
          ],
    };
  },
} satisfies Rule;
