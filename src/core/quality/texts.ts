import type { Label, TroubleshootingLabel } from '../model/label.ts';
import { pointerOf } from '../model/pointer.ts';

/** A text of a label and the RFC 6901 pointer to it. */
export type LabelText = { pointer: string; text: string };

/** The texts a label must have: they may be neither empty nor left unrendered. Steps and segments count one by one. */
export function requiredTexts(label: Label): LabelText[] {
  const texts = ['id', 'question', 'timestamp', 'answer', 'cluster_id', 'incident_id', 'capture_id'] as const;
  return [
    ...texts.map((field) => ({ pointer: pointerOf(field), text: label[field] })),
    ...(label.type === 'troubleshooting' ? storyTexts(label) : []),
    ...(label.type === 'resource_optimization'
      ? [
          { pointer: '/suggestion/patch', text: label.suggestion.patch },
          { pointer: '/impact/summary', text: label.impact.summary },
        ]
      : label.resolution.steps.map((step, index) => ({ pointer: pointerOf('resolution', 'steps', index, 'action'), text: step.action }))),
    { pointer: '/resource/kind', text: label.resource.kind },
    { pointer: '/resource/name', text: label.resource.name },
    ...label.segments.map((segment, index) => ({ pointer: pointerOf('segments', index, 'text'), text: segment.text })),
  ];
}

/** Where nothing is wrong there may be no root cause and no impact to tell. */
function storyTexts(label: TroubleshootingLabel): LabelText[] {
  const fields =
    label.category === 'none' ? (['scenario', 'problem'] as const) : (['scenario', 'problem', 'root_cause', 'impact'] as const);
  return fields.map((field) => ({ pointer: pointerOf(field), text: label[field] }));
}

/** Texts that may be empty but must be rendered. */
export function optionalTexts(label: Label): LabelText[] {
  const steps = label.type === 'troubleshooting' ? label.resolution.steps : [];
  return [
    ...steps.flatMap((step, index) => [
      { pointer: pointerOf('resolution', 'steps', index, 'command'), text: step.command },
      { pointer: pointerOf('resolution', 'steps', index, 'verify'), text: step.verify },
    ]),
    ...label.evidence.map((evidence, index) => ({ pointer: pointerOf('evidence', index, 'note'), text: evidence.note })),
  ];
}

/** Every string inside a value with its pointer, depth first. */
export function* stringsIn(value: unknown, pointer = ''): Generator<LabelText> {
  if (typeof value === 'string') yield { pointer, text: value };
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* stringsIn(item, `${pointer}${pointerOf(key)}`);
  }
}

/** What a label says about the cause and what to do: its root cause, and its steps with their commands. For sizing its answer. */
export function causeText(label: Label): string {
  if (label.type === 'resource_optimization') return label.answer;
  const steps = label.resolution.steps.flatMap(({ action, command }) => [action, command]);
  return [label.root_cause, ...steps].join('\n');
}

/** Whether a text names an object: its name as a word that no other name continues. */
export function namesObject(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0 && name !== ''; at = text.indexOf(name, at + 1)) {
    if (!inName.test(text[at - 1] ?? '') && !inName.test(text[at + name.length] ?? '')) return true;
  }
  return false;
}

const inName = /[A-Za-z0-9-]/;

/** A JSON value as text in which its strings can be found as they are. */
export function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const strings = [...stringsIn(value)].map(({ text }) => text);
  const json = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item));
  return [...strings, json].join('\n');
}

/** Names of the objects a label is about, longest first: what it may mention without giving anything away. */
export function objectNames(label: Label): string[] {
  const { context, resource } = label;
  const names = [
    resource.name,
    resource.namespace,
    context.namespace,
    context.workload?.name ?? '',
    ...context.owners.map((ref) => ref.name),
    ...context.related.map(({ ref }) => ref.name),
    ...context.nodes.map((node) => node.name),
    ...label.evidence.map((evidence) => evidence.ref.split(/[ /]/).at(-1) ?? ''),
  ];
  return [...new Set(names)].filter((name) => name !== '').sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}
