import type { AggregatedEvent, Claim, Signal, Wording } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import { nearest } from '../model/nearest.ts';
import type { Reason } from '../model/taxonomy.ts';
import { covered, findObject, listObjects, objectOf, podSpecOf, referencesOf } from '../state/lookups.ts';
import type { ClusterState, ObservedObject } from '../state/state.ts';
import {
  citeField,
  citeSignal,
  eventsOf,
  idsOf,
  inference,
  observation,
  present,
  type RuleClaim,
  signalsOf,
  step,
  target,
} from './rule.ts';
import { ownerSubject } from './subject.ts';

/** A ConfigMap or Secret, or a key of one (`key` not ''), that the kubelet did not find for a container or a volume. */
export type MissingReference = { signal: Signal; kind: 'ConfigMap' | 'Secret'; name: string; key: string; volume: string };

const absent = /(?<kind>configmap|secret)s? "(?<name>[^"]+)" not found/gi;
const noKey = /couldn't find key (?<key>\S+) in (?<kind>ConfigMap|Secret) (?:[^/\s]+\/)?(?<name>[^\s,;]+)/gi;
const noItem = /references non-existent (?<kind>config|secret) key: ?(?<key>[^\s,\]]+)/gi;
const ofVolume = /(?:MountVolume\.SetUp failed for volume|Unable to attach or mount volumes[^"]*) "([^"]+)"/;

/** What containers that cannot be configured miss (pkg/kubelet/kubelet_pods.go makeEnvironmentVariables), or what volumes miss. */
export function missingReferences(incident: AggregatedEvent, state: ClusterState, where: 'env' | 'volume'): MissingReference[] {
  const signals =
    where === 'volume'
      ? eventsOf(incident, ['FailedMount'])
      : [...signalsOf(incident, 'container.waiting', { reason: 'CreateContainerConfigError' }), ...eventsOf(incident, ['Failed'])];
  return signals.flatMap((signal) => {
    const message = String(signal.detail.message);
    const volume = where === 'volume' ? (ofVolume.exec(message)?.[1] ?? '') : '';
    return [absent, noKey, noItem].flatMap((pattern) =>
      [...message.matchAll(pattern)].flatMap(({ groups = {} }) => {
        const kind = /^config/i.test(groups.kind ?? '') ? 'ConfigMap' : 'Secret';
        const name = groups.name ?? nameInVolume(state, signal, volume, kind);
        return name === undefined ? [] : [{ signal, kind, name, key: groups.key ?? '', volume } as const];
      }),
    );
  });
}

/** The claim that something missing is why pods do not start. Surest when the object was watched and is not there. */
export function missingClaim(state: ClusterState, missing: MissingReference): RuleClaim {
  const { signal, kind, name, key, volume } = missing;
  const { namespace } = signal.ref;
  const object = findObject(state, kind, namespace, name);
  const keys = Object.keys(object?.object.data ?? {});
  // Of Secrets a recorder keeps the metadata only: their keys are unknown, not absent.
  const keysKnown = object !== undefined && (kind !== 'Secret' || object.object.data !== undefined);
  const proven = key === '' ? object === undefined && covered(state, kind, namespace) : keysKnown && !keys.includes(key);
  const refuted = key === '' ? object !== undefined : keys.includes(key);
  const what = key === '' ? `${kind} ${name} does not exist` : `${kind} ${name} has no key ${key}`;
  const reference = referenceTo(state, signal, kind, name);
  return {
    reason: `${kind}${key === '' ? '' : 'Key'}NotFound` as Reason,
    subject: ownerSubject(state, signal.ref),
    confidence: proven ? 0.97 : refuted ? 0.62 : 0.93,
    evidence: present(
      citeSignal(signal, `the kubelet says that ${what}`),
      reference && citeField(reference.version, reference.pointer, `where the pod refers to ${kind} ${name}`),
    ),
    facts: { kind, name, key, namespace, volume, container: signal.container ?? '', similar: similar(state, missing, keys) },
  };
}

/** A key, or an object of this or the other kind, that was probably meant. */
function similar(state: ClusterState, { signal, kind, name, key }: MissingReference, keys: string[]): string {
  if (key !== '') return nearest(key, keys) ?? '';
  const { namespace } = signal.ref;
  const other = kind === 'Secret' ? 'ConfigMap' : 'Secret';
  if (findObject(state, other, namespace, name) !== undefined) return `${other} ${name}`;
  const near = nearest(
    name,
    listObjects(state, kind, namespace).map(({ ref }) => ref.name),
  );
  return near === undefined ? '' : `${kind} ${near}`;
}

function referenceTo(
  state: ClusterState,
  signal: Signal,
  kind: string,
  name: string,
): { version: ObservedObject; pointer: string } | undefined {
  const version = objectOf(state, signal.ref);
  const pod = version === undefined ? undefined : podSpecOf(version.object);
  if (version === undefined || pod === undefined) return undefined;
  const reference = referencesOf(pod.spec, signal.ref.namespace).find((item) => item.kind === kind && item.name === name);
  return reference === undefined ? undefined : { version, pointer: `${pod.pointer}${reference.pointer}` };
}

/** The ConfigMap or Secret behind a volume, when it is the only one of that kind in it. */
function nameInVolume(state: ClusterState, signal: Signal, volume: string, kind: 'ConfigMap' | 'Secret'): string | undefined {
  const volumes = itemsOf(objectOf(state, signal.ref)?.object.spec?.volumes);
  const source = volumes.find((item) => item.name === volume);
  const parts = [source, ...itemsOf(source?.projected?.sources)];
  const names = parts.flatMap(
    (part) => (kind === 'ConfigMap' ? part?.configMap?.name : (part?.secret?.secretName ?? part?.secret?.name)) ?? [],
  );
  return names.length === 1 ? String(names[0]) : undefined;
}

/** The wording of such a claim. */
export function missingWording(claim: Claim): Wording {
  const { kind, name, key, namespace, volume, similar } = claim.facts;
  const object = `${kind} ${namespace}/${name}`;
  const user =
    volume === ''
      ? 'A container takes environment variables from it, so it is never created'
      : `Volume ${volume} needs it, so the pod stays in ContainerCreating`;
  const hint = similar === '' ? '' : ` ${key === '' ? similar : `Key ${similar}`} exists and was probably meant.`;
  const create = kind === 'Secret' ? 'create secret generic' : 'create configmap';
  return {
    rootCause: [
      observation(key === '' ? `The kubelet finds no ${object}.` : `The kubelet finds no key ${key} in ${object}.`, idsOf(claim, 0)),
      inference(`${user} and the kubelet retries for ever.${hint}`, idsOf(claim)),
    ],
    steps: [
      key === ''
        ? step(
            `Create ${kind} ${name} in namespace ${namespace} with the keys that the pods expect, or correct the name in the pod template.`,
            'The pods start.',
            {
              command: `kubectl ${create} ${name} -n ${namespace} --from-literal=<key>=<value>`,
            },
          )
        : step(`Add key ${key} to ${object}, or correct the key in the pod template.`, 'The pods start.', {
            command: `kubectl edit ${String(kind).toLowerCase()} ${name} -n ${namespace}`,
          }),
      step('If it may be absent, say so in the reference (optional: true).', 'The pods start without it.', {
        command: `kubectl edit ${target(claim.subject)}`,
      }),
    ],
  };
}
