import type { AggregatedEvent, Evidence, Signal } from '../../model/event.ts';
import { citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** An init container fails, so the containers of the pod are never started. */
export default {
  id: 'INI-1',
  version: 1,
  title: 'Init container fails',
  reasons: ['InitContainerFailed'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 PodStatus.initContainerStatuses', 'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/'],
  falsePositives: ['an init container that retries until its dependency is there: the incident recovers'],
  knownGaps: ['says that it fails; why is said by the rule that reads its log, if one knows the text'],
  match(incident, state) {
    const failed = signalsOf(incident, 'container.terminated').filter(({ init, detail }) => init === true && detail.exitCode !== 0);
    return failed.map((signal) => {
      const last = lastLine(incident, signal);
      return {
        reason: 'InitContainerFailed' as const,
        subject: ownerSubject(state, signal.ref),
        confidence: 0.75,
        evidence: present(citeSignal(signal, 'the init container failed'), last),
        facts: {
          container: signal.container ?? '',
          exitCode: Number(signal.detail.exitCode),
          count: signal.count,
          line: String(last?.value ?? '')
            .trim()
            .slice(0, 240),
        },
        needs: last === undefined ? ['the log of the init container'] : [],
      };
    });
  },
  describe(claim) {
    const { container, exitCode, line } = claim.facts;
    const said = line === '' ? '' : ` Its last line is "${line}".`;
    return {
      rootCause: [
        observation(`Init container ${container} ends with exit code ${exitCode}.${said}`, idsOf(claim)),
        inference('The other containers of the pod wait for it and are never started.', idsOf(claim, 0)),
      ],
      steps: [
        step(`Read the whole log of init container ${container}.`, 'It names the condition that is not met.', {
          command: `kubectl logs -n ${claim.subject.namespace} <pod> -c ${container} --previous`,
          risk: 'none',
        }),
        step('Meet that condition or correct the init container.', 'The init container ends with exit code 0 and the pod becomes ready.'),
      ],
    };
  },
} satisfies Rule;

function lastLine(incident: AggregatedEvent, signal: Signal): Evidence | undefined {
  const found = incident.logs.findLast(
    ({ line }) => line.pod === signal.ref.name && line.container === signal.container && line.message.trim() !== '',
  );
  if (found === undefined) return undefined;
  const { seq, at, line } = found;
  return {
    id: '',
    type: 'log',
    seq,
    pointer: '/message',
    value: line.message,
    ref: signal.ref,
    at,
    note: 'the last line of the init container',
    role: 'supports',
  };
}
