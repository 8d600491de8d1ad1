import type { RecordDraft } from '../../model/capture.ts';
import { type Life, lifeAt } from '../../model/lives.ts';

/** Which Pod or Node had a name, when. `nodes` are the names of those that are there now. */
export type PodNames = {
  /** Must be told the records of pods and nodes. */
  observe(draft: RecordDraft): void;
  /** The uid of the object that had this name at a moment (epoch ms), '' if none is known to have had it. */
  uidOf(kind: 'Pod' | 'Node', namespace: string, name: string, atMs: number): string;
  nodes(): string[];
};

/** Samples of an object may arrive for so long after it was deleted. */
const keptMs = 600_000;

/** An index of nothing yet. What was deleted is forgotten after ten minutes. */
export function podNames(): PodNames {
  const lives = new Map<string, Life[]>();
  const nodes = new Map<string, string>();
  const deleted: { key: string; uid: string; atMs: number }[] = [];

  const remember = (key: string, life: Life) => {
    const known = lives.get(key);
    if (known === undefined) lives.set(key, [life]);
    else if (!known.some(({ uid }) => uid === life.uid)) known.push(life);
  };
  const forgetBefore = (ms: number) => {
    while ((deleted[0]?.atMs ?? ms) < ms) {
      const { key, uid } = deleted.shift() as (typeof deleted)[number];
      const rest = lives.get(key)?.filter((life) => life.uid !== uid) ?? [];
      if (rest.length === 0) lives.delete(key);
      else lives.set(key, rest);
    }
  };

  return {
    observe(draft) {
      if (draft.kind !== 'resource') return;
      const { type, ref, object } = draft.event;
      if (ref.kind !== 'Pod' && ref.kind !== 'Node') return;
      const key = keyOf(ref.kind, ref.namespace, ref.name);
      const createdMs = Date.parse(object.metadata?.creationTimestamp ?? '');
      remember(key, { uid: ref.uid, createdMs: Number.isNaN(createdMs) ? Number.NEGATIVE_INFINITY : createdMs });
      const atMs = Date.parse(draft.at);
      if (type === 'DELETED') deleted.push({ key, uid: ref.uid, atMs });
      if (ref.kind === 'Node' && type !== 'DELETED') nodes.set(ref.name, ref.uid);
      else if (nodes.get(ref.name) === ref.uid) nodes.delete(ref.name);
      forgetBefore(atMs - keptMs);
    },
    uidOf: (kind, namespace, name, atMs) => lifeAt(lives.get(keyOf(kind, namespace, name)) ?? [], atMs)?.uid ?? '',
    nodes: () => [...nodes.keys()],
  };
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
