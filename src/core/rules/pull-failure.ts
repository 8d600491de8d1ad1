import type { AggregatedEvent, AnswerSegment, Claim, Signal } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { covered, findObject, objectOf } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';
import { type PullFailure, parsePullFailure, registryOf } from './image-message.ts';
import { citeField, citeSignal, eventsOf, idsOf, observation, present, type RuleClaim, signalsOf } from './rule.ts';
import { containerField, ownerSubject } from './subject.ts';

const waitingReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
  'SignatureValidationFailed',
]); // prettier-ignore
const eventReasons = ['Failed', 'InspectFailed', 'ErrImageNeverPull'];
// The kubelet also reports `Failed` when it cannot create or start a container of an image that it has.
const otherError = /^Error: (?!Err|ImagePull|ImageInspect|InvalidImage|RegistryUnavailable|SignatureValidation|image )/;

/** Claims for pull failures whose message says one of these reasons; `judge` may change reason and confidence (see ambiguity). */
export function pullClaims(incident: AggregatedEvent, state: ClusterState, reasons: Reason[], confidence = 0.95): RuleClaim[] {
  const signals = [
    ...signalsOf(incident, 'container.waiting').filter((signal) => waitingReasons.has(String(signal.detail.reason))),
    ...eventsOf(incident, eventReasons).filter(({ detail }) => !otherError.test(String(detail.message))),
  ];
  const claims = signals.flatMap((signal) => {
    const failure = failureIn(signal);
    if (failure === undefined) return [];
    const secrets = pullSecrets(state, signal.ref);
    const reason = failure.ambiguous && secrets.length > 0 ? 'ImageAuthFailed' : failure.reason;
    if (!reasons.includes(reason)) return [];
    return [claimOf(state, signal, failure, reason, failure.ambiguous ? confidence - 0.13 : confidence, secrets)];
  });
  return bestPerContainer(claims);
}

function failureIn(signal: Signal): PullFailure | undefined {
  const reason = String(signal.detail.reason);
  const message = String(signal.detail.message);
  // InvalidImageName and ErrImageNeverPull say it all by their reason; others need the message.
  const named = signal.type === 'container.waiting' && !['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError'].includes(reason);
  return parsePullFailure(message) ?? (named ? parsePullFailure(reason) : undefined);
}

function claimOf(
  state: ClusterState,
  signal: Signal,
  failure: PullFailure,
  reason: Reason,
  confidence: number,
  secrets: ObjectRef[],
): RuleClaim {
  const image = containerField(state, signal, '/image');
  const name = String(image?.value ?? failure.image ?? '');
  const missing = secrets.filter(
    (secret) => covered(state, 'Secret', secret.namespace) && findObject(state, 'Secret', secret.namespace, secret.name) === undefined,
  );
  return {
    reason,
    subject: ownerSubject(state, signal.ref),
    confidence: Math.round(confidence * 100) / 100,
    evidence: present(
      citeSignal(signal, 'the message of the failed pull'),
      image && citeField(image.version, image.pointer, 'the image that the container asks for'),
    ),
    facts: {
      image: name,
      registry: name === '' ? '' : registryOf(name),
      container: signal.container ?? '',
      detail: failure.detail,
      ambiguous: failure.ambiguous ? 'yes' : '',
      secrets: secrets.map((secret) => secret.name).join(', '),
      missingSecrets: missing.map((secret) => secret.name).join(', '),
    }, // prettier-ignore
  };
}

/** imagePullSecrets of the pod (those of its ServiceAccount are copied there by admission). */
function pullSecrets(state: ClusterState, ref: ObjectRef): ObjectRef[] {
  const secrets = itemsOf(objectOf(state, ref)?.object.spec?.imagePullSecrets);
  return secrets.map(({ name }) => ({ kind: 'Secret', namespace: ref.namespace, name: String(name), uid: '' }));
}

/** One claim per image: a claim with the pod's own image field before one that only has the message. */
function bestPerContainer(claims: RuleClaim[]): RuleClaim[] {
  const best = new Map<string, RuleClaim>();
  for (const claim of claims) {
    const key = `${claim.reason}|${claim.facts.image}|${claim.subject.name}`;
    const known = best.get(key);
    if (known === undefined || claim.evidence.length > known.evidence.length) best.set(key, claim);
  }
  return [...best.values()];
}

/** What the kubelet or runtime said, for the wording of a claim of these rules. */
export function pullObservation(claim: Claim): AnswerSegment {
  const { container, detail, image } = claim.facts;
  const what = container === '' ? 'An image' : `The image of container ${container}`;
  return observation(
    `${what}${image === '' ? '' : ` (${image})`} cannot be pulled: ${String(detail).replace(/\.$/, '')}.`,
    idsOf(claim, 0),
  );
}
