import type { RecordDraft } from '../../model/capture.ts';
import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import { parseJson, stringifyJson } from '../../model/json.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { type Asking, attempt, deleted, draftOf, happened, nameOf, resourceBody } from './asking.ts';
import { beginList, noteListed } from './identities.ts';
import type { Effect, Input } from './machine.ts';
import { listRequest } from './requests.ts';

/** A page that is larger is asked for again in smaller pieces: it is held in memory whole. */
const mostPageBytes = 64 * 1024 * 1024;

/** Reads one page of a list: what it shows that was not known, then what the machine must know of it. */
export async function* runList(asking: Asking, effect: Extract<Effect, { do: 'list' }>): AsyncGenerator<RecordDraft[], Input | undefined> {
  if (effect.restart) beginList(asking.identities);
  const leave = await asking.gate();
  try {
    return yield* attempt(asking, listRequest(asking.spec, effect), async function* ({ body }) {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > mostPageBytes) return happened(asking, { type: 'page-too-large' });
      }
      leave();
      const page = parsed(Buffer.concat(chunks, size).toString('utf8'));
      if (page === undefined || !Array.isArray(page.items)) {
        return happened(asking, {
          type: 'trouble',
          trouble: { kind: 'retry', reason: 'the answer is no list of Kubernetes objects', retryAfterMs: 0 },
        });
      }
      const { resourceVersion, continue: token } = fieldsOf(page.metadata);
      const items = itemsOf(page.items);
      const at = asking.clock.now();
      const drafts = items.flatMap((item) => listed(asking, item, at, size > asking.maxObjectBytes));
      if (drafts.length > 0) yield drafts;
      return happened(asking, { type: 'page', version: text(resourceVersion), token: text(token), count: items.length });
    });
  } finally {
    leave();
  }
}

/** The records of one item of a list: none if nothing is new about it. It is measured only where it `mayBeLarge`. */
export function listed(asking: Asking, item: KubernetesObject, at: number, mayBeLarge = false): RecordDraft[] {
  const { uid = '', resourceVersion = '' } = item.metadata ?? {};
  const { type, replaced } = noteListed(asking.identities, uid, resourceVersion, nameOf(item));
  const before = replaced === undefined ? [] : [deleted(asking, replaced, at)];
  if (type === undefined) return before;
  const synthetic = asking.relisting ? ('relist' as const) : undefined;
  const bytes = mayBeLarge ? Buffer.byteLength(stringifyJson(item)) : 0;
  const body = resourceBody(asking, type, item, synthetic);
  const kept = bytes > asking.maxObjectBytes ? { kind: 'oversize' as const, ref: body.event.ref, bytes } : body;
  return [...before, draftOf(asking, kept, at)];
}

function parsed(body: string): KubernetesObject | undefined {
  try {
    return fieldsOf(parseJson(body));
  } catch {
    return undefined;
  }
}
