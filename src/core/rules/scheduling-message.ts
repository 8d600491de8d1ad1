/** What keeps a pod from a node, by the filter that said so (pkg/scheduler/framework/plugins). */
export type ObstacleKind =
  | 'insufficient'
  | 'tooManyPods'
  | 'selector'
  | 'taint'
  | 'unschedulable'
  | 'podAffinity'
  | 'podAntiAffinity'
  | 'topologySpread'
  | 'hostPort'
  | 'nodeName'
  | 'volumeBinding'
  | 'volumeNodeAffinity'
  | 'volumeLimit'
  | 'volumeLost'
  | 'claimNotFound'
  | 'claimUnbound'
  | 'noNodes'
  | 'other';

/** `count`: how many nodes it excludes; all of them when the text gives no number (the pod itself is the problem). */
export type Obstacle = {
  kind: ObstacleKind;
  count: number;
  text: string;
  resource?: string;
  taint?: { key: string; value: string };
  claim?: string;
};

/** A parsed FailedScheduling message. `preemption` is the scheduler's remark on preemption, '' if there is none. */
export type SchedulingMessage = { available: number; total: number; obstacles: Obstacle[]; preemption: string };

const head = /(?:^|[\s:])(?:(\d+)\/(\d+) nodes are available|pod didn'?t trigger scale-?up)[^:]*:\s*/i;
const noNodes = /no nodes available to schedule pods/i;
const patterns: [ObstacleKind, RegExp][] = [
  ['claimNotFound', /^persistentvolumeclaim "[^"]+" not found/i],
  ['volumeLost', /bound to non-existent (?:pv|persistentvolume)/i],
  [
    'claimUnbound',
    /unbound immediate PersistentVolumeClaims|^waiting for ephemeral volume controller|running PreBind plugin "VolumeBinding"/i,
  ],
  ['insufficient', /^insufficient \S+/i],
  ['tooManyPods', /^too many pods/i],
  ['taint', /^node\(s\) had (?:untolerated )?taint/i],
  [
    'unschedulable',
    /^node\(s\) were (?:un|not )?schedulable|^node\(s\) (?:were not ready|had unknown conditions|were out of disk|had network unavailable)/i,
  ],
  ['volumeNodeAffinity', /volume node affinity conflict|no available volume zone/i],
  ['selector', /didn'?t match (?:the )?(?:node selector|pod'?s node affinity|scheduler-enforced node affinity|node affinity)/i],
  ['podAntiAffinity', /anti-affinity/i],
  ['podAffinity', /pod affinity/i],
  ['topologySpread', /topology spread/i],
  ['hostPort', /free ports for the requested pod ports/i],
  ['nodeName', /requested (?:node name|hostname)/i],
  ['volumeBinding', /available persistent volumes to bind|enough free storage/i],
  ['volumeLimit', /exceeds? max volume count/i],
];

/**
 * Parses `0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint {k: v}. preemption: …` in the wordings of
 * Kubernetes 1.16 to 1.36, and NotTriggerScaleUp of the cluster autoscaler, which has the same grammar. Undefined for other texts.
 */
export function parseSchedulingMessage(message: string): SchedulingMessage | undefined {
  const [told = '', preemption = ''] = message.split(/(?:no new claims to deallocate,?\s*)?\bpreemption:/i);
  const start = head.exec(told);
  if (start === null) return bare(told, preemption);
  const available = Number(start[1] ?? 0);
  const total = Number(start[2] ?? 0);
  const sentence = told.slice(start.index + start[0].length);
  const obstacles = parts(firstSentence(sentence)).map((part) => obstacleOf(part, total));
  return { available, total, obstacles, preemption: preemption.trim() };
}

/** Texts that speak of the pod or the whole cluster without counting nodes. */
function bare(text: string, preemption: string): SchedulingMessage | undefined {
  if (noNodes.test(text)) return { available: 0, total: 0, obstacles: [{ kind: 'noNodes', count: 0, text: text.trim() }], preemption: '' };
  const obstacle = obstacleOf(firstSentence(text), 0);
  return obstacle.kind === 'other' ? undefined : { available: 0, total: 0, obstacles: [obstacle], preemption: preemption.trim() };
}

/** Up to the full stop that ends the list: `nvidia.com/gpu` and `{node.kubernetes.io/x: }` hold stops of their own. */
function firstSentence(text: string): string {
  const end = /\.(?=\s|$)/.exec(text.replace(/\{[^}]*\}/g, (braces) => '#'.repeat(braces.length)));
  return (end === null ? text : text.slice(0, end.index)).trim();
}

/** The list split at `, <count> `, not inside braces. */
function parts(list: string): string[] {
  const masked = list.replace(/\{[^}]*\}/g, (braces) => '#'.repeat(braces.length));
  const cuts = [...masked.matchAll(/, (?=\d+ )/g)].map(({ index }) => index);
  return [...cuts, list.length].map((end, position) => list.slice(position === 0 ? 0 : (cuts[position - 1] as number) + 2, end).trim());
}

function obstacleOf(part: string, total: number): Obstacle {
  const [, digits, rest] = /^(?:(\d+) )?(.*)$/s.exec(part) ?? [];
  const text = rest ?? part;
  const kind = patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
  const obstacle: Obstacle = { kind, count: digits === undefined ? total : Number(digits), text };
  const resource = kind === 'insufficient' ? /^insufficient (\S+)/i.exec(text)?.[1] : undefined;
  const taint = kind === 'taint' ? /\{([^:}\s]+)(?::\s*([^}]*?))?\s*\}/.exec(text) : null;
  const claim = kind === 'claimNotFound' || kind === 'volumeLost' ? /persistentvolumeclaim "([^"]+)"/i.exec(text)?.[1] : undefined;
  return {
    ...obstacle,
    ...(resource === undefined ? {} : { resource }),
    ...(taint === null ? {} : { taint: { key: taint[1] as string, value: taint[2] ?? '' } }),
    ...(claim === undefined ? {} : { claim }),
  };
}
