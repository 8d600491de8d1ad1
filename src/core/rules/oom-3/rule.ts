import { memoryBytes } from '../../model/quantity.ts';
import { crashesOf, probeKills } from '../crash.ts';
import { peakSample } from '../memory-sample.ts';
import {
  citeField,
  citeSignal,
  eventsOf,
  idsOf,
  inference,
  observation,
  present,
  type Rule,
  type RuleClaim,
  step,
  target,
} from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** Kills for memory that the status does not name: SIGKILL at the memory limit, or a node that ran out of memory. */
export default {
  id: 'OOM-3',
  version: 1,
  title: 'Killed for memory without being reported as OOMKilled',
  reasons: ['ContainerLimitOom', 'NodeOom'],
  maturity: 'stable',
  kinds: ['Pod', 'Node'],
  references: [
    'https://github.com/cri-o/cri-o/issues/6580',
    'pkg/kubelet/oom/oom_watcher_linux.go SystemOOM',
    'node-problem-detector config/kernel-monitor.json OOMKilling',
  ],
  falsePositives: [
    '137 of a liveness kill, an eviction or a deletion',
    'node-problem-detector also reports kills at a container limit ("Memory cgroup out of memory")',
  ],
  knownGaps: ['a container that the node killed is not joined with the SystemOOM Event of its node'],
  match(incident, state) {
    const atLimit = crashesOf(incident, (code) => code === 137)
      .filter((crash) => crash.detail.reason !== 'OOMKilled' && probeKills(incident, crash).length === 0)
      .flatMap((crash): RuleClaim[] => {
        const limit = containerField(state, crash, '/resources/limits/memory');
        const bytes = limit === undefined ? undefined : memoryBytes(String(limit.value));
        const sample = bytes === undefined ? undefined : peakSample(incident, crash, bytes);
        if (limit === undefined || sample === undefined) return [];
        const evidence = present(
          citeSignal(crash, 'the container was killed with SIGKILL'),
          sample,
          citeField(limit.version, limit.pointer, 'its memory limit'),
        );
        const facts = { container: crash.container ?? '', limit: String(limit.value), used: Number(sample.value), node: '', victim: '' };
        return [{ reason: 'ContainerLimitOom', subject: ownerSubject(state, crash.ref), confidence: 0.78, evidence, facts }];
      });
    const onNode = eventsOf(incident, ['SystemOOM', 'OOMKilling'], /^(?!Memory cgroup)/i)
      .filter(({ ref }) => ref.kind === 'Node')
      .map((event): RuleClaim => {
        const victim = /victim process: ([^,\s]+)|Killed process \d+ \(([^)]+)\)/i.exec(String(event.detail.message));
        const facts = { container: '', limit: '', used: 0, node: event.ref.name, victim: victim?.[1] ?? victim?.[2] ?? '' };
        return {
          reason: 'NodeOom',
          subject: event.ref,
          confidence: 0.92,
          evidence: [citeSignal(event, 'the kernel of the node killed a process')],
          facts,
        };
      });
    return [...atLimit, ...onNode];
  },
  describe(claim) {
    const { container, limit, used, node, victim } = claim.facts;
    if (claim.reason === 'NodeOom') {
      return {
        rootCause: [
          observation(
            `Node ${node} reports that it ran out of memory${victim === '' ? '' : ` and killed process ${victim}`}.`,
            idsOf(claim, 0),
          ),
          inference(
            'Its pods together use more memory than it has; limits above the requests, or containers without limits, make that possible.',
            idsOf(claim),
          ),
        ],
        steps: [
          step('Find the pods that use far more memory than they request.', 'The requests of these pods match their use.', {
            command: 'kubectl top pod -A --containers --sort-by=memory',
            risk: 'none',
          }),
          step('Raise their requests (and set limits), or add memory.', `Node ${node} reports no new SystemOOM.`, { risk: 'medium' }),
        ],
      };
    }
    return {
      rootCause: [
        observation(`Container ${container} was killed with SIGKILL while it used ${used} bytes of its limit of ${limit}.`, idsOf(claim)),
        inference(
          'Nothing else in the recording killed it, so the kernel did it at the memory limit; the runtime does not report it as OOMKilled.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Raise the memory limit of container ${container} above the observed peak (at least +20 %), or fix the leak.`,
          'No new terminations with exit code 137 appear.',
          {
            command: `kubectl set resources ${target(claim.subject)} -c ${container} --limits=memory=<peak + 20%>`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;
