import type { Reason } from '../model/taxonomy.ts';

/** A creation that the API server refused: why, and the parts of its message that matter (absent parts are ''). */
export type Refusal = { reason: Reason; name: string; details: string };

const patterns: [Reason, RegExp][] = [
  ['QuotaExceeded', /exceeded quota: (?<name>[^,\s]+), (?<details>requested: .*)$/is],
  ['QuotaRequiresResources', /failed quota: (?<name>[^:\s]+): must specify (?<details>.*)$/is],
  ['PodSecurityDenied', /violates PodSecurity "(?<name>[^"]+)":\s*(?<details>.*)$/is],
  ['PodSecurityDenied', /unable to validate against any (?<name>security context constraint|pod security policy):?\s*(?<details>.*)$/is],
  ['PodSecurityDenied', /(?<name>PodSecurityPolicy): unable to (?:admit|validate) pod:?\s*(?<details>.*)$/is],
  ['AdmissionWebhookDenied', /admission webhook "(?<name>[^"]+)" denied the request(?:: (?<details>.*)| without explanation)?$/is],
  ['AdmissionWebhookDenied', /ValidatingAdmissionPolicy '(?<name>[^']+)' (?:with binding '[^']+' )?denied request:?\s*(?<details>.*)$/is],
  ['AdmissionWebhookUnavailable', /failed calling webhook "(?<name>[^"]+)":\s*(?<details>.*)$/is],
  ['ServiceAccountNotFound', /service ?account \S+:\s*serviceaccount "(?<name>[^"]+)" not found(?<details>)/is],
  ['ServiceAccountNotFound', /serviceaccounts? "(?<name>[^"]+)" not found(?<details>)/is],
  [
    'LimitRangeViolation',
    /forbidden: (?<name>)(?<details>\[?(?:maximum|minimum) \S+ usage per .*|\[?\S+ max limit to request ratio per .*)$/is,
  ],
  ['InvalidSpecRejected', /forbidden: no PriorityClass with name (?<name>\S+) was found(?<details>)/is],
  ['InvalidSpecRejected', /"[^"]*" is invalid: (?<name>)(?<details>.*)$/is],
];

/** Why the API server refused to create a pod or claim, from the text of FailedCreate or ReplicaFailure. Undefined for other texts. */
export function parseRefusal(message: string): Refusal | undefined {
  for (const [reason, pattern] of patterns) {
    const groups = pattern.exec(message)?.groups;
    if (groups !== undefined) return { reason, name: groups.name ?? '', details: (groups.details ?? '').trim() };
  }
  return undefined;
}

/** The three lists of an exceeded quota: `pods=1,requests.memory=32Mi` as resource → amount. */
export type QuotaNumbers = { resource: string; requested: string; used: string; limited: string }[];

/** `requested: a=1,b=2, used: …, limited: …` per resource. */
export function parseQuota(details: string): QuotaNumbers {
  const lists = /requested: (.*?), used: (.*?), limited: (.*?)\s*$/is.exec(details);
  if (lists === null) return [];
  const [requested = new Map(), used = new Map(), limited = new Map()] = lists.slice(1).map(amounts);
  return [...limited.keys()].map((resource: string) => ({
    resource,
    requested: requested.get(resource) ?? '',
    used: used.get(resource) ?? '',
    limited: limited.get(resource) ?? '',
  }));
}

function amounts(list: string): Map<string, string> {
  return new Map(
    list.split(',').flatMap((entry) => {
      const cut = entry.lastIndexOf('=');
      return cut < 0 ? [] : [[entry.slice(0, cut).trim(), entry.slice(cut + 1).trim()] as const];
    }),
  );
}
