import type { Category } from '../model/taxonomy.ts';

/** What a step does, as far as its command and its words tell. */
export const remedyClasses = [
  'observe',
  'wait',
  'restart',
  'rollback',
  'resume',
  'change-config',
  'change-image',
  'change-resources',
  'scale',
  'grant',
  'fix-reference',
  'free-space',
  'node-maintenance',
] as const;

export type RemedyClass = (typeof remedyClasses)[number];

/** Which steps can remedy a fault of a category, besides looking and waiting, which never do harm. */
export const allowedRemedies: Readonly<Record<Category, readonly RemedyClass[]>> = {
  scheduling: ['change-config', 'change-resources', 'scale', 'node-maintenance', 'fix-reference', 'free-space'],
  image: ['change-config', 'change-image', 'fix-reference', 'rollback', 'node-maintenance'],
  configuration: ['change-config', 'change-image', 'fix-reference', 'rollback', 'restart', 'grant'],
  application: ['change-config', 'change-image', 'change-resources', 'fix-reference', 'rollback', 'restart', 'scale', 'grant'],
  memory: ['change-resources', 'change-config', 'change-image', 'rollback', 'scale', 'restart', 'node-maintenance'],
  cpu: ['change-resources', 'change-config', 'scale', 'rollback', 'node-maintenance'],
  probe: ['change-config', 'change-image', 'change-resources', 'rollback', 'restart'],
  storage: ['change-config', 'change-resources', 'fix-reference', 'free-space', 'node-maintenance', 'restart'],
  network: ['change-config', 'fix-reference', 'restart', 'rollback', 'scale', 'grant', 'free-space', 'node-maintenance'],
  node: ['node-maintenance', 'free-space', 'restart', 'change-config', 'change-resources', 'scale'],
  eviction: ['change-resources', 'change-config', 'free-space', 'node-maintenance', 'scale', 'fix-reference'],
  workload: [
    'change-config',
    'change-image',
    'change-resources',
    'fix-reference',
    'rollback',
    'resume',
    'restart',
    'scale',
    'grant',
    'free-space',
  ],
  autoscaling: ['change-config', 'change-resources', 'fix-reference', 'scale', 'node-maintenance', 'restart'],
  'control-plane': ['restart', 'node-maintenance', 'change-config', 'change-resources', 'free-space'],
  access: ['grant', 'fix-reference', 'change-config', 'restart'],
  change: ['rollback', 'change-config', 'change-image', 'scale'],
  sizing: ['change-resources', 'change-config', 'scale'],
  none: ['resume', 'change-config', 'scale'],
};

/** Classes of kubectl calls (without `kubectl` and its leading flags); the first that matches counts. */
export const callClasses: readonly [RegExp, RemedyClass][] = [
  [/^run\b.*\s--rm\b/, 'observe'],
  [/^(?:rollout restart|delete pods?\b|delete pod\/)/, 'restart'],
  [/^rollout undo\b/, 'rollback'],
  [/^rollout (?:resume|pause)\b/, 'resume'],
  [/^set image\b|\/image["']/, 'change-image'],
  [/^set resources\b/, 'change-resources'],
  [/^(?:scale|autoscale)\b|^patch\b.*\/spec\/replicas/, 'scale'],
  [/^create (?:cluster)?role(?:binding)?\b|^auth reconcile\b/, 'grant'],
  [/^(?:create|apply|expose|run)\b|imagePullSecrets/, 'fix-reference'],
  [/^(?:cordon|uncordon|drain|taint|label nodes?|delete node)\b/, 'node-maintenance'],
  [/^(?:edit|patch|set|annotate|label|replace|delete)\b/, 'change-config'],
];

/** Classes of what a step says, for steps without a command that changes anything; the first that matches counts. */
export const wordClasses: readonly [RegExp, RemedyClass][] = [
  [/^(?:wait|no action|nothing)\b/i, 'wait'],
  [/\brestart|\breboot|\brun\b.{0,40}\bagain\b/i, 'restart'],
  [/\broll(?:ed)? ?back|\bgo back\b|\brevert\b/i, 'rollback'],
  [/\bresume|\bunpause/i, 'resume'],
  [/^(?:or )?(?:free|clean|delete|empty)\b/i, 'free-space'],
  [/\bnodes?\b|\bdrain|\bcordon|\bplugin\b|\betcd\b|\bkubelet\b|\bapi server\b/i, 'node-maintenance'],
  [/\bgrant|\brole\b|\bbind\b/i, 'grant'],
  [/^(?:or )?(?:create|recreate|add|deploy|install|renew|repair|name)\b/i, 'fix-reference'],
  [/\bimage\b/i, 'change-image'],
  [/\bscale|\breplicas\b/i, 'scale'],
  [/\brequests?\b|\blimits?\b|\bmemory\b|\bcpu\b/i, 'change-resources'],
];
