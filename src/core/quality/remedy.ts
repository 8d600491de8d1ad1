import type { Label, LabelStep } from '../model/label.ts';
import type { Finding } from './check.ts';
import { isReading, kubectlCalls } from './commands.ts';
import { allowedRemedies, callClasses, type RemedyClass, wordClasses } from './remedies.ts';

const onlyLooking = 0.5;

/** What a step does: what its command changes, else what it says; looking, if it claims no risk. */
export function classOf({ command, action, risk }: Pick<LabelStep, 'command' | 'action' | 'risk'>): RemedyClass {
  for (const call of kubectlCalls(command).filter((one) => !isReading(one))) {
    const found = callClasses.find(([pattern]) => pattern.test(call));
    if (found !== undefined) return found[1];
  }
  const said = wordClasses.find(([pattern]) => pattern.test(action))?.[1];
  if (risk === 'none') return said === 'wait' ? 'wait' : 'observe';
  return said ?? 'change-config';
}

/** Whether the advice is of a kind that helps (0.1), and whether it is about the label's objects (0.1). */
export function remedyFindings(label: Label): Finding[] {
  return [
    { id: 'remedy-class', weight: 0.1, ...classFinding(label) },
    { id: 'remedy-target', weight: 0.1, score: namesTarget(label) },
  ];
}

function classFinding(label: Label): Pick<Finding, 'score' | 'detail'> {
  if (label.type === 'resource_optimization') return { score: undefined };
  const { steps } = label.resolution;
  if (steps.length === 0) return { score: label.category === 'none' ? undefined : 0 };
  const classes = steps.map(classOf);
  const changing = classes.filter((name) => name !== 'observe' && name !== 'wait');
  const detail = classes.join(', ');
  if (changing.length === 0) return { score: label.category === 'none' ? 1 : onlyLooking, detail };
  const allowed = allowedRemedies[label.category] ?? [];
  return { score: changing.filter((name) => allowed.includes(name)).length / changing.length, detail };
}

/** Whether what is to be done names the culprit, its workload or an object around it. */
function namesTarget(label: Label): boolean | undefined {
  if (label.type === 'resource_optimization') return label.suggestion.patch.includes(label.current_state.container);
  if (label.resolution.steps.length === 0) return label.category === 'none' ? undefined : false;
  const names = [label.resource.name, label.context.workload?.name ?? '', ...label.context.related.map(({ ref }) => ref.name)];
  const texts = label.resolution.steps.map((step) => `${step.action}\n${step.command}`);
  return names.some((name) => name !== '' && texts.some((text) => text.includes(name)));
}
