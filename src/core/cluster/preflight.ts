import { fieldsOf, text } from '../model/fields.ts';
import { oneLine } from '../model/text.ts';
import type { ApiClient, StreamSpec } from './api.ts';
import { ask, readJson } from './ask.ts';
import { newGate, within } from './limit.ts';
import { type Need, needsOf, type Wishes } from './rights.ts';
import { readStatus } from './status.ts';

/** A need and what the cluster says of it. `missing` and `unknown` are verbs; `reason` is the cluster's words, or why it could not be asked. */
export type Right = Need & { missing: string[]; unknown: string[]; reason: string };

const askedAtOnce = 4;

/**
 * Asks by SelfSubjectAccessReview whether this user may do what a recording of these streams needs; nothing else is touched. What a cluster
 * will not tell is `unknown`. Throws only the reason of an aborted signal.
 */
export async function checkRights(
  client: ApiClient,
  streams: readonly StreamSpec[],
  wishes: Wishes,
  signal: AbortSignal,
): Promise<Right[]> {
  const gate = newGate(askedAtOnce);
  const review = remembered((question) => within(gate, () => answerTo(client, question, signal)));
  return Promise.all(needsOf(streams, wishes).map((need) => rightOf(need, review)));
}

type Question = Omit<Need, 'verbs' | 'cost'> & { verb: string };
type Answer = { allowed: boolean | undefined; reason: string };

/** Who may do something everywhere may do it in a namespace: with many namespaces that saves most questions. */
async function rightOf(need: Need, review: (question: Question) => Promise<Answer>): Promise<Right> {
  const { verbs, cost: _cost, ...what } = need;
  const answers = await Promise.all(
    verbs.map(async (verb) => {
      const { namespace: _namespace, ...everywhere } = what;
      const broad = await review({ ...everywhere, verb });
      const answer = broad.allowed === true || what.namespace === undefined ? broad : await review({ ...what, verb });
      return { verb, ...answer };
    }),
  );
  const without = (allowed: boolean | undefined) => answers.filter((answer) => answer.allowed === allowed);
  const [first] = [...without(false), ...without(undefined)];
  const verbsOf = (some: typeof answers) => some.map(({ verb }) => verb);
  return { ...need, missing: verbsOf(without(false)), unknown: verbsOf(without(undefined)), reason: first?.reason ?? '' };
}

function remembered(review: (question: Question) => Promise<Answer>): (question: Question) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  return (question) => {
    const key = JSON.stringify(Object.entries(question).sort());
    const known = asked.get(key) ?? review(question);
    asked.set(key, known);
    return known;
  };
}

/** authorization.k8s.io/v1 SelfSubjectAccessReview. */
async function answerTo(
  client: ApiClient,
  { group, resource, verb, namespace, objectName }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const [plural = '', subresource] = resource.split('/');
  const resourceAttributes = { group, resource: plural, subresource, verb, namespace, name: objectName };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  const { status, problem } = await post(client, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body, signal);
  const { allowed, reason, evaluationError } = fieldsOf(status);
  if (typeof allowed === 'boolean') return { allowed, reason: oneLine(text(reason) || text(evaluationError)) };
  return { allowed: undefined, reason: problem ?? 'the answer was no review' };
}

/** The name that the cluster knows this user by (authentication.k8s.io SelfSubjectReview, from 1.27 on); undefined if it does not tell. */
export async function currentUser(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  for (const version of ['v1', 'v1beta1']) {
    const body = { apiVersion: `authentication.k8s.io/${version}`, kind: 'SelfSubjectReview' };
    const { status } = await post(client, `/apis/authentication.k8s.io/${version}/selfsubjectreviews`, body, signal);
    const name = text(fieldsOf(fieldsOf(status).userInfo).username);
    if (name !== '') return name;
  }
  return undefined;
}

/** The `status` of what a review answers, or why there is none. */
async function post(client: ApiClient, path: string, body: object, signal: AbortSignal): Promise<{ status?: unknown; problem?: string }> {
  try {
    const response = await ask(client, { method: 'POST', path, body, signal });
    if (response.status === 200 || response.status === 201) return { status: fieldsOf(await readJson(response)).status };
    const { code, message } = await readStatus(response);
    return { problem: `${message || 'no answer'} (HTTP ${code})` };
  } catch (error) {
    signal.throwIfAborted();
    return { problem: oneLine(error instanceof Error ? error.message : String(error)) };
  }
}
