import type { ActionStep, Change, Evidence, Resolution } from '../model/event.ts';
import { formatRef, type ObjectRef } from '../model/resource.ts';
import { categoryOf, type Reason } from '../model/taxonomy.ts';
import { nameKey } from '../state/state.ts';
import type { ExaminedIncident, StandingClaim } from './explain.ts';
import { secondsBetween } from '../model/time.ts';

const leadSeconds = 600;
const toleranceSeconds = 5;

/** The objects whose change can begin or end what a claim says: subject, what it depends on, the incident's workload and its references. */
function touched(incident: ExaminedIncident, claim: StandingClaim): Set<string> {
  const { workload, context } = incident.event;
  const related = context.related.map(({ ref }) => nameKey(ref));
  return new Set([...claim.chain, ...claim.links, nameKey(workload), ...related]);
}

/** Changes that could have brought the incident in: made shortly before its first signal. A Node's taints follow its state. */
export function introducedBy(incident: ExaminedIncident, claim: StandingClaim): Change[] {
  const objects = touched(incident, claim);
  const onset = incident.event.openedAt;
  return incident.changes.filter((change) => {
    if (change.type !== 'modified' || change.ref.kind === 'Node' || !objects.has(nameKey(change.ref))) return false;
    // A cordon or taint of a node follows its fault, or has nothing to do with it.
    if (change.ref.kind === 'Node' && categoryOf(claim.reason) === 'node') return false;
    const lead = secondsBetween(change.at, onset);
    return lead >= -toleranceSeconds && lead <= leadSeconds;
  });
}

/** The `change` reasons that a change amounts to. */
export function modifiersOf(changes: Change[]): Reason[] {
  const reasons = new Set<Reason>();
  for (const change of changes) {
    const paths = change.fields.map(({ path }) => path);
    if (change.ref.kind === 'ConfigMap' || change.ref.kind === 'Secret') reasons.add('ConfigRegression');
    else if (paths.every((path) => path === '/spec/replicas') && paths.length > 0) reasons.add('ScaleChange');
    else if (paths.some((path) => path.includes('/template/'))) reasons.add('DeployRegression');
    else reasons.add('ConfigRegression');
  }
  return [...reasons].sort();
}

/**
 * The change that ended a recovered incident: the last one on an object involved, between the first signal and the recovery.
 * Something created late (start order) ends an incident without having been a fault, unless it had been missing for long.
 */
export function endedBy(incident: ExaminedIncident, claim: StandingClaim): Change | undefined {
  const { event } = incident;
  if (event.status !== 'recovered' || event.endedAt === undefined) return undefined;
  const objects = touched(incident, claim);
  const end = event.endedAt;
  const candidates = incident.changes.filter(
    (change) =>
      objects.has(nameKey(change.ref)) &&
      change.type !== 'deleted' &&
      secondsBetween(event.openedAt, change.at) > 0 &&
      secondsBetween(change.at, end) >= -toleranceSeconds,
  );
  return candidates.filter((change) => change.type === 'modified' || secondsBetween(event.openedAt, change.at) > 300).at(-1);
}

/** An observed resolution: the change itself as the plan, with evidence that points at the new value. */
export function observedResolution(change: Change): { resolution: Resolution; evidence: Evidence[] } {
  const steps: ActionStep[] = [];
  const evidence: Evidence[] = [];
  const fields = change.fields.filter(({ path }) => !path.includes('/-') && !path.includes('restartedAt')).slice(0, 4);
  for (const { path, before, after } of fields) {
    if (after === null) continue;
    evidence.push({
      id: `r${evidence.length + 1}`, type: 'change', seq: change.seq, pointer: path, value: after, ref: change.ref, at: change.at,
      note: `${formatRef(change.ref)} changed ${path} from ${brief(before)} to ${brief(after)}`, role: 'supports',
    }); // prettier-ignore
  }
  const what = fields.map(({ path, before, after }) => `${path}: ${brief(before)} → ${brief(after)}`).join('; ');
  const action = change.type === 'created' ? `Create ${formatRef(change.ref)}` : `Change ${formatRef(change.ref)}: ${what || 'restart'}`;
  steps.push({
    action,
    ...patchOf(change.ref, fields),
    risk: 'medium',
    verify: 'The recording shows the incident ending after this change.',
  });
  return { resolution: { observed: true, steps, evidenceIds: evidence.map(({ id }) => id) }, evidence };
}

function patchOf(ref: ObjectRef, fields: Change['fields']): Pick<ActionStep, 'command' | 'patch'> {
  if (fields.length === 0) return {};
  const operations = fields.map(({ path, before, after }) =>
    after === null ? { op: 'remove', path } : { op: before === null ? 'add' : 'replace', path, value: after },
  );
  const patch = JSON.stringify(operations, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const namespace = ref.namespace === '' ? '' : ` -n ${ref.namespace}`;
  return { command: `kubectl patch ${ref.kind.toLowerCase()} ${ref.name}${namespace} --type=json --patch-file=patch.json`, patch };
}

function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
