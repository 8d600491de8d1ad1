import { fieldsOf, text } from '../model/fields.ts';
import { parseJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { type Answer, type Asked, json, type Served } from './answer.ts';
import { servedTypes, verbsOf } from './discovery.ts';
import { isProtobuf, reviewFromProtobuf } from './protobuf.ts';
import { badRequest } from './status.ts';

/** Whether a path is one of the two reviews, which ask and change nothing: the POSTs that are answered. */
export function isReview(path: string): boolean {
  return /^\/apis\/authorization\.k8s\.io\/v1(?:beta1)?\/selfsubject(?:access|rules)reviews$/.test(path);
}

/** POST of a SelfSubjectAccessReview (may I?) or SelfSubjectRulesReview (what may I?): what is recorded may be read. */
export function reviewAnswer(served: Served, asked: Asked): Answer {
  const isAccess = asked.path.endsWith('accessreviews');
  // Rules are the same in every namespace, which is all that a rules review tells.
  const spec = isAccess ? specOf(asked.body) : {};
  const kind = isAccess ? 'SelfSubjectAccessReview' : 'SelfSubjectRulesReview';
  const status = isAccess ? accessStatus(served, spec) : rulesStatus(served);
  return json({ kind, apiVersion: asked.path.split('/').slice(2, 4).join('/'), metadata: {}, spec, status }, 201);
}

function rulesStatus(served: Served): object {
  const types = servedTypes(served);
  const resourceRules = [...new Set(types.map(({ group }) => group))].map((group) => {
    const resources = types.filter((type) => type.group === group).map(({ resource }) => resource);
    return { verbs: verbsOf({ group }), apiGroups: [group], resources };
  });
  if (served.state.collections.has('pods')) resourceRules.push({ verbs: ['get'], apiGroups: [''], resources: ['pods/log'] });
  const nonResourceURLs = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/readyz', '/version'];
  return { resourceRules, nonResourceRules: [{ verbs: ['get'], nonResourceURLs }], incomplete: false };
}

function accessStatus(served: Served, { resourceAttributes, nonResourceAttributes }: KubernetesObject): object {
  if (resourceAttributes === undefined) {
    const allowed = text(fieldsOf(nonResourceAttributes).verb) === 'get';
    return allowed ? { allowed } : { allowed, reason: 'this is a recording: it can only be read' };
  }
  const { verb, group, resource, subresource } = fieldsOf(resourceAttributes);
  if (!verbsOf({ group: '' }).includes(verb))
    return { allowed: false, reason: 'this is a recording: it can be read and watched, not changed' };
  const type = servedTypes(served).find((served) => served.resource === resource && served.group === text(group));
  if (type === undefined) return { allowed: false, reason: `${oneWord(resource)} were not recorded` };
  const isLog = subresource === 'log' && type.resource === 'pods' && type.group === '' && verb === 'get';
  if (text(subresource) !== '' && subresource !== 'status' && !isLog) return { allowed: false, reason: 'the subresource was not recorded' };
  if (!verbsOf(type).includes(verb)) return { allowed: false, reason: 'metrics cannot be watched' };
  return { allowed: true, reason: 'it was recorded' };
}

/** Typed clients send protobuf, though they take JSON for an answer. */
function specOf(body: Buffer): KubernetesObject {
  try {
    return fieldsOf(fieldsOf(isProtobuf(body) ? reviewFromProtobuf(body) : parseJson(body.toString('utf8'))).spec);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw badRequest('the body of the request is neither JSON nor protobuf');
  }
}

function oneWord(value: unknown): string {
  return /^[\w.*-]{1,63}$/.test(text(value)) ? text(value) : 'such resources';
}
