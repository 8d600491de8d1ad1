import { authorName, deedOf, meansOf } from '../model/author.ts';
import { holdsWithheld, isWithheld } from '../model/digest.ts';
import type { ActionStep, AnswerSegment, Change, Evidence, Resolution } from '../model/event.ts';
import { stringifyJson } from '../model/json.ts';
import { formatRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { quoted } from '../model/text.ts';
import { formatSeconds, secondsBetween } from '../model/time.ts';
import { nameKey } from '../state/state.ts';
import type { ExaminedIncident, StandingClaim } from './explain.ts';

const leadSeconds = 600;
const toleranceSeconds = 5;
const lateSeconds = 300;

/** The objects whose change can begin or end what a claim says: subject, what it depends on, the incident's workload and its references. */
function touched(incident: ExaminedIncident, claim: StandingClaim): Set<string> {
  const { workload, context } = incident.event;
  const related = context.related.map(({ ref }) => nameKey(ref));
  return new Set([...claim.chain, ...claim.links, nameKey(workload), ...related]);
}

/**
 * Changes that could have brought the incident in: made shortly before its first signal. What was deleted, and what changed of a Node, counts
 * where it is known that somebody did it: objects also go because others do, and a Node's taints follow its state.
 */
export function introducedBy(incident: ExaminedIncident, claim: StandingClaim): Change[] {
  const objects = touched(incident, claim);
  const onset = incident.event.openedAt;
  return incident.changes.filter((change) => {
    const meant = change.by !== undefined || (change.type === 'modified' && change.ref.kind !== 'Node');
    if (!meant || change.type === 'created' || !objects.has(nameKey(change.ref))) return false;
    const lead = secondsBetween(change.at, onset);
    return lead >= -toleranceSeconds && lead <= leadSeconds;
  });
}

/** The `change` reasons that a change amounts to. */
export function modifiersOf(changes: Change[]): Reason[] {
  const reasons = new Set<Reason>();
  for (const change of changes) {
    if (isUnseen(change) || change.ref.kind === 'Node') continue;
    const paths = change.fields.map(({ path }) => path);
    if (change.ref.kind === 'ConfigMap' || change.ref.kind === 'Secret') reasons.add('ConfigRegression');
    else if (change.type === 'deleted') continue;
    else if (paths.every((path) => path === '/spec/replicas') && paths.length > 0) reasons.add('ScaleChange');
    else if (paths.some((path) => path.includes('/template/'))) reasons.add('DeployRegression');
    else reasons.add('ConfigRegression');
  }
  return [...reasons].sort();
}

/** A request of which an audit log holds no answer: that it was sent is all that is known. */
function isUnseen({ type, fields }: Change): boolean {
  return type === 'modified' && fields.length === 0;
}

/**
 * The changes that ended a recovered incident: the last one on an object involved, between the first signal and the recovery; if that
 * only restarted pods, also the change before it that the restart brought into force.
 * Something created late (start order) ends an incident without having been a fault, unless it had been missing for long.
 */
export function endedBy(incident: ExaminedIncident, claim: StandingClaim): Change[] {
  const { event } = incident;
  const end = event.endedAt;
  if (event.status !== 'recovered' || end === undefined) return [];
  const objects = touched(incident, claim);
  const candidates = incident.changes.filter((change) => {
    const since = secondsBetween(event.openedAt, change.at);
    const inTime = since > 0 && secondsBetween(change.at, end) >= -toleranceSeconds;
    const seen = (change.type === 'modified' && !isUnseen(change)) || (change.type === 'created' && since > lateSeconds);
    return inTime && seen && objects.has(nameKey(change.ref));
  });
  const last = candidates.at(-1);
  if (last === undefined) return [];
  const cause = isRestart(last) ? candidates.findLast((change) => !isRestart(change)) : undefined;
  return cause === undefined ? [last] : [cause, last];
}

/** `kubectl rollout restart` sets an annotation of the pod template, and nothing else. */
function isRestart({ type, fields }: Change): boolean {
  const annotations = '/spec/template/metadata/annotations';
  return (
    type === 'modified' &&
    fields.every(({ path, after }) => path.startsWith(annotations) && JSON.stringify([path, after]).includes('restartedAt'))
  );
}

/** An observed resolution: the changes themselves as the plan, with evidence that points at the new values. */
export function observedResolution(changes: Change[]): { resolution: Resolution; evidence: Evidence[] } {
  const evidence = changes.flatMap(citedOf);
  evidence.forEach((item, position) => {
    item.id = `r${position + 1}`;
  });
  return { resolution: { observed: true, steps: changes.map(stepOf), evidenceIds: evidence.map(({ id }) => id) }, evidence };
}

/** The new values of a change, and who made it. */
function citedOf(change: Change): Evidence[] {
  return [...shownFields(change).flatMap((field) => evidenceOf(change, field) ?? []), ...authorEvidence(change)];
}

/** The audit entry of the request that made the change, whole: whoever looks it up finds user, verb, client and object. */
function authorEvidence({ by, ref }: Change): Evidence[] {
  if (by === undefined) return [];
  const { seq, at, ...entry } = by;
  return [{ id: '', type: 'change', seq, pointer: '/audit', value: entry, ref, at, note: deedOf(by), role: 'supports' }];
}

type Field = Change['fields'][number];

const shownFieldLimit = 4;

/** Fields that can be pointed at: what was taken out of a list has no place any more. */
function shownFields({ fields }: Change): Field[] {
  return fields.filter(({ path }) => !path.endsWith('/-')).slice(0, shownFieldLimit);
}

function evidenceOf(change: Change, { path, before, after }: Field): Evidence | undefined {
  if (after === null) return undefined;
  return {
    id: '',
    type: 'change',
    seq: change.seq,
    pointer: path,
    value: after,
    ref: change.ref,
    at: change.at,
    note: `${formatRef(change.ref)} changed ${path} from ${brief(before)} to ${brief(after)}`,
    role: 'supports',
  }; // prettier-ignore
}

function stepOf(change: Change): ActionStep {
  const { ref } = change;
  const verify = `The recording shows the incident ending after this change${change.by === undefined ? '' : `, made by ${authorName(change.by)} (${meansOf(change.by)})`}.`;
  if (change.type === 'created') return { action: `Create ${formatRef(ref)}.`, risk: 'low', verify };
  const namespace = ref.namespace === '' ? '' : ` -n ${ref.namespace}`;
  const name = `${ref.kind.toLowerCase()}/${ref.name}${namespace}`;
  if (isRestart(change))
    return { action: `Restart ${formatRef(ref)}.`, command: `kubectl rollout restart ${name}`, risk: 'medium', verify };
  const fields = shownFields(change);
  // A patch with what stands for a value would write just that.
  const known = fields.length > 0 && !fields.some(({ after }) => holdsWithheld(after));
  return {
    action: `Change ${formatRef(ref)}: ${changeWords(change)}.`,
    ...(known ? { command: `kubectl patch ${name} --type=json -p ${quoted(patchOf(fields))}` } : {}),
    risk: 'medium',
    verify,
  };
}

function changeWords({ fields }: Change): string {
  const words = fields.slice(0, shownFieldLimit).map(({ path, before, after }) => {
    if (path.endsWith('/-')) return `remove ${brief(before)} from ${path.slice(0, -2)}`;
    if (after === null) return `remove ${path}`;
    return `set ${path} to ${brief(after)}${before === null || isWithheld(before) ? '' : ` (it was ${brief(before)})`}`;
  });
  return words.join('; ');
}

/**
 * What brought the incident in, as a part of its root cause: the last change before its first sign, and who made it if that is known. Cites the
 * new values and the audit entry. A request of unknown content is told only where no change is known.
 */
export function triggerOf(
  incident: ExaminedIncident,
  changes: Change[],
  known: string[],
): { segments: AnswerSegment[]; evidence: Evidence[] } {
  const last = changes.findLast((change) => !isUnseen(change)) ?? changes.at(-1);
  if (last === undefined) return { segments: [], evidence: [] };
  const evidence = citedOf(last);
  evidence.forEach((item, position) => {
    item.id = `c${position + 1}`;
  });
  const lead = secondsBetween(last.at, incident.event.openedAt);
  const when = lead > 1 ? `${formatSeconds(lead)} before the first sign` : 'With the first sign';
  const text = `${when}, ${doneWords(last)}.`;
  return { segments: [{ text, kind: 'observation', evidenceIds: evidence.length === 0 ? known : evidence.map(({ id }) => id) }], evidence };
}

function doneWords(change: Change): string {
  const { by, ref, type } = change;
  const what = isUnseen(change) ? 'what that changed is not recorded' : changeWords(change);
  if (by === undefined) return `${formatRef(ref)} was changed: ${what}`;
  const done = deedOf(by);
  return type === 'deleted' ? done : `${done}: ${what}`;
}

/** A JSON Patch (RFC 6902) that makes the change. */
function patchOf(fields: Field[]): string {
  const operations = fields.map(({ path, before, after }) =>
    after === null ? { op: 'remove', path } : { op: before === null ? 'add' : 'replace', path, value: after },
  );
  return stringifyJson(operations);
}

function brief(value: unknown): string {
  if (isWithheld(value)) return 'a value that was not kept';
  const text = stringifyJson(value ?? null);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
