import { itemsOf } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { citeLine, lastFindings } from '../container-log.ts';
import { crashesOf } from '../crash.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { containerField, containerOf, ownerSubject } from '../subject.ts';

const heapFlag = /-Xmx|MaxRAMPercentage|max-old-space-size|max-heap-size|GOMEMLIMIT|memory_limit|DOTNET_GCHeapHardLimit/;

/** The runtime inside the container (JVM, Node.js, Python, .NET, PHP…) ran out of its own heap; the kernel did not kill it. */
export default {
  id: 'OOM-4',
  version: 1,
  title: 'Runtime ran out of heap',
  reasons: ['RuntimeHeapOom'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'java.lang.OutOfMemoryError',
    'V8 "JavaScript heap out of memory"',
    'Python MemoryError',
    'src/core/analysis/logs/families/runtime.ts oom-heap',
  ],
  falsePositives: [
    'the text of another service in the log: only the last lines before the exit count',
    'threads that cannot be created ("unable to create native thread")',
  ],
  knownGaps: ['a heap flag inside a start script is not seen'],
  match(incident, state) {
    return crashesOf(incident, (code) => code !== 0)
      .filter(({ detail }) => detail.reason !== 'OOMKilled')
      .flatMap((crash) => {
        const found = lastFindings(incident, crash, ['oom-heap']).filter(({ line }) => !/native thread/i.test(line.line.message));
        const told = found.toSorted((a, b) => b.match.weight - a.match.weight)[0];
        if (told === undefined) return [];
        const container = containerOf(state, crash);
        const limit = containerField(state, crash, '/resources/limits/memory');
        const flag = container === undefined ? undefined : heapFlagIn(container.spec);
        return [
          {
            reason: 'RuntimeHeapOom' as const,
            subject: ownerSubject(state, crash.ref),
            confidence: told.match.weight >= 0.85 ? 0.93 : 0.74,
            evidence: present(
              citeLine(crash, told.line, 'the runtime says that its memory is exhausted'),
              citeSignal(crash, 'how the container ended'),
              flag === undefined || container === undefined
                ? undefined
                : citeField(container.version, `${container.pointer}${flag}`, 'where the heap is limited'),
              limit && citeField(limit.version, limit.pointer, 'the memory limit of the container'),
            ),
            facts: {
              container: crash.container ?? '',
              said: told.line.line.message.trim().slice(0, 160),
              exitCode: Number(crash.detail.exitCode),
              limit: String(limit?.value ?? ''),
              flagged: flag === undefined ? 'no' : 'yes',
            },
          },
        ];
      });
  },
  describe(claim) {
    const { container, said, exitCode, limit, flagged } = claim.facts;
    return {
      rootCause: [
        observation(`Container ${container} logs "${said}" and ends with exit code ${exitCode}.`, idsOf(claim, 0, 1)),
        inference(
          `The program needs more heap than its runtime allows${flagged === 'yes' ? ' by the flag in its spec' : ''}; it was not the kernel that killed it${limit === '' ? '' : ` (memory limit ${limit})`}.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Take a heap dump or profile before the end; look for growth that never falls.',
          'You know whether it is a leak or a heap that is too small.',
          { risk: 'none' },
        ),
        step(
          `Raise the heap of container ${container} (-Xmx or MaxRAMPercentage, --max-old-space-size, memory_limit) together with its memory limit, or fix the leak.`,
          'The runtime reports no exhausted heap.',
          {
            command: `kubectl edit ${target(claim.subject)}`,
            risk: 'medium',
          },
        ),
      ],
    };
  },
} satisfies Rule;

/** The pointer, relative to the container, of the argument or variable that limits the heap. */
function heapFlagIn(spec: KubernetesObject): string | undefined {
  for (const list of ['args', 'command']) {
    const position = ((spec[list] ?? []) as string[]).findIndex((argument) => heapFlag.test(String(argument)));
    if (position >= 0) return `/${list}/${position}`;
  }
  const position = itemsOf(spec.env).findIndex((item) => heapFlag.test(`${item.name}=${item.value ?? ''}`));
  return position >= 0 ? `/env/${position}` : undefined;
}
