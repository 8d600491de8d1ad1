import { stringifyJson } from '../model/json.ts';
import type { Answer, Asked, Served } from './answer.ts';
import {
  type Change,
  type Collection,
  changesAfter,
  objectsAt,
  positionAfter,
  type Stored,
  storedObject,
  textOf,
  treeOf,
} from './collection.ts';
import { askedVersion, formText, includeOf } from './list.ts';
import { type ObjectForm, objectForm } from './negotiate.ts';
import { versionOf } from './replay-state.ts';
import { groupVersionOf } from './resource-types.ts';
import type { Target } from './route.ts';
import { selectionOf } from './selectors.ts';
import { expiredWatch, invalidListOptions, type StatusError, tooLargeVersion } from './status.ts';
import { printerOf } from './table.ts';

type Watch = {
  served: Served;
  collection: Collection;
  target: Target;
  query: URLSearchParams;
  signal: AbortSignal;
  selects: (object: Stored) => boolean;
  line: (type: Change['type'], object: Stored) => string;
  bookmark: (version: bigint, marksEnd: boolean) => string;
};

const longestWatchMs = 1_800_000;
const linesPerWrite = 64;

/** GET of a collection with `watch`: initial objects if asked for, then changes until the timeout. Throws StatusError before it begins. */
export function watchAnswer(served: Served, asked: Asked, collection: Collection, target: Target & { name?: string }): Answer {
  const { query, signal } = asked;
  const form = objectForm(asked.accept);
  const wantsInitial = query.get('sendInitialEvents') === 'true';
  const match = query.get('resourceVersionMatch') ?? '';
  if (query.get('sendInitialEvents') !== null && match !== 'NotOlderThan') {
    throw invalidListOptions('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (query.get('sendInitialEvents') === null && match !== '') {
    throw invalidListOptions('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  const current = versionOf(served.state, collection);
  const version = askedVersion(query);
  if (wantsInitial && version !== undefined && version > current) throw tooLargeVersion(version, current);
  const fields = query.get('fieldSelector') ?? '';
  const named = {
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(target.name ? { name: target.name } : {}),
  };
  const selection = selectionOf({ ...named, labels: query.get('labelSelector') ?? '', fields });
  const watch: Watch = {
    served,
    collection,
    target,
    query,
    signal,
    selects: (object) => selection(object, () => treeOf(collection.type, object)),
    ...writers(served, collection, target, form, query),
  };
  if (version === undefined || wantsInitial) return { status: 200, body: lines(watch, 'everything', wantsInitial) };
  const position = positionAfter(collection, version);
  if (position === undefined) return { status: 200, body: [errorLine(expiredWatch(version, current))] };
  return { status: 200, body: lines(watch, position, false) };
}

async function* lines(watch: Watch, from: number | 'everything', marksEnd: boolean): AsyncGenerator<string> {
  const { collection, query } = watch;
  const wantsBookmarks = isTrue(query.get('allowWatchBookmarks'));
  const { highest } = collection;
  let position = from === 'everything' ? collection.position : from;
  if (from === 'everything') {
    const objects = (objectsAt(collection) ?? []).filter(watch.selects);
    yield* inPieces(objects, (object) => watch.line('ADDED', object));
    if (marksEnd && wantsBookmarks) yield watch.bookmark(highest, true);
  }
  const bell = newBell();
  collection.listeners.add(bell.ring);
  const timers = startTimers(watch, bell.ring);
  try {
    while (!timers.isOver() && !watch.signal.aborted) {
      const changes = changesAfter(collection, position);
      if (changes === undefined) return yield errorLine(expiredWatch(watchedVersion(collection), collection.highest));
      position += changes.length;
      yield* inPieces(changes, (change) => changeLine(watch, change));
      // A bookmark promises that nothing before it is still to come.
      if (collection.position !== position) continue;
      if (timers.takeBookmark() && wantsBookmarks) yield watch.bookmark(collection.highest, false);
      else await bell.rung();
    }
  } finally {
    collection.listeners.delete(bell.ring);
    timers.stop();
  }
}

/** Under a selector an object appears when it begins to match, and is deleted, in its last matching state, when it no longer does. */
function changeLine({ selects, line, collection }: Watch, { type, object, before }: Change): string {
  const did = before !== undefined && selects(before);
  if (type === 'DELETED') return did ? line('DELETED', object) : '';
  const does = selects(object);
  if (does) return line(did ? 'MODIFIED' : 'ADDED', object);
  return did ? line('DELETED', storedObject(treeOf(collection.type, before), object.version)) : '';
}

function writers(
  served: Served,
  collection: Collection,
  target: Target,
  form: ObjectForm,
  query: URLSearchParams,
): Pick<Watch, 'line' | 'bookmark'> {
  const { type } = collection;
  const include = includeOf(query);
  let hasColumns = false;
  const objectText = (object: Stored) => {
    if (form.as === 'object') return textOf(type, target.version, object);
    const text = formText(served, collection, object, form, include);
    // As the API server does, the columns come with the first Table only.
    if (form.as === 'metadata' || !hasColumns) {
      hasColumns = true;
      return text;
    }
    return text.replace(`"columnDefinitions":${JSON.stringify(printerOf(type).columns)}`, '"columnDefinitions":null');
  };
  const names = {
    object: { kind: type.kind, apiVersion: groupVersionOf({ group: type.group, version: target.version }) },
    table: { kind: 'Table', apiVersion: 'meta.k8s.io/v1', columnDefinitions: null, rows: [] },
    metadata: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' },
  }[form.as];
  return {
    line: (event, object) => `{"type":"${event}","object":${objectText(object)}}\n`,
    bookmark(version, marksEnd) {
      const annotations = marksEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
      const metadata = { resourceVersion: version.toString(), ...annotations };
      return `${stringifyJson({ type: 'BOOKMARK', object: { ...names, metadata } })}\n`;
    },
  };
}

function errorLine({ status }: StatusError): string {
  return `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
}

function watchedVersion({ changes, highest }: Collection): bigint {
  return changes[0]?.highest ?? highest;
}

function* inPieces<T>(items: T[], text: (item: T) => string): Generator<string> {
  for (let start = 0; start < items.length; start += linesPerWrite) {
    const piece = items
      .slice(start, start + linesPerWrite)
      .map(text)
      .join('');
    if (piece !== '') yield piece;
  }
}

type Bell = { ring: () => void; rung: () => Promise<void> };

/** Waits for the next ring; one that came before counts. */
function newBell(): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      hasRung = true;
      wake?.();
    },
    async rung() {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      hasRung = false;
      wake = undefined;
    },
  };
}

/** The end of the watch and its bookmarks, in real time; each rings the bell. */
function startTimers({ served: { clock, bookmarkMs }, query, signal }: Watch, ring: () => void) {
  const stop = new AbortController();
  const stopSignal = AbortSignal.any([stop.signal, signal]);
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const timeoutMs = seconds > 0 ? Math.min(seconds * 1000, longestWatchMs) : longestWatchMs;
  const due = { over: false, bookmark: false };
  const note = (what: keyof typeof due) => {
    due[what] = true;
    ring();
  };
  const tick = async () => {
    while (true) {
      await clock.sleep(bookmarkMs, stopSignal);
      note('bookmark');
    }
  };
  // Either way the loop must look again: the time is over, or somebody stopped it.
  clock.sleep(timeoutMs, stopSignal).then(
    () => note('over'),
    () => note('over'),
  );
  tick().catch(ring);
  return {
    isOver: () => due.over,
    takeBookmark() {
      const was = due.bookmark;
      due.bookmark = false;
      return was;
    },
    stop: () => stop.abort(),
  };
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}
