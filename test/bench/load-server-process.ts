/**
 * An API server that only has pods and Events, for `npm run bench:record`: lists `pods` pods, and sends watch events at the rate it is told by
 * its parent: `{rate, seconds}` (rate 0: as fast as the reader takes them, `seconds` then is a number of events). Answers `{sent, seconds}`.
 */
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { eventJson, podJson } from './load-objects.ts';

const pods = Number(process.argv[2] ?? 20_000);
const watchers = new Map<string, ServerResponse>();
let version = pods;

const resource = (name: string, kind: string) => ({ name, singularName: '', namespaced: true, kind, verbs: ['get', 'list', 'watch'] });

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const json = (value: unknown, status = 200) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof value === 'string' ? value : JSON.stringify(value));
  };
  const name = url.pathname.split('/').at(-1) ?? '';
  if (url.pathname === '/version') return json({ gitVersion: 'v1.36.2' });
  if (url.pathname === '/api') return json({ kind: 'APIVersions', versions: ['v1'] });
  if (url.pathname === '/apis') return json({ kind: 'APIGroupList', groups: [] });
  if (url.pathname === '/api/v1')
    return json({ kind: 'APIResourceList', resources: [resource('pods', 'Pod'), resource('events', 'Event')] });
  if (!['pods', 'events'].includes(name))
    return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }, 404);
  if (url.searchParams.get('watch')) {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    watchers.set(name, response);
    process.send?.({ watching: [...watchers.keys()] });
    return undefined;
  }
  return json(
    name === 'pods' ? podPage(url) : `{"kind":"EventList","apiVersion":"v1","metadata":{"resourceVersion":"${version}"},"items":[]}`,
  );
});

function podPage(url: URL): string {
  const from = Number(url.searchParams.get('continue') ?? 0);
  const to = Math.min(pods, from + Number(url.searchParams.get('limit') ?? pods));
  const items = Array.from({ length: to - from }, (_, index) =>
    podJson(from + index, from + index + 1).replace('"kind":"Pod","apiVersion":"v1",', ''),
  );
  const token = to < pods ? `"continue":"${to}",` : '';
  return `{"kind":"PodList","apiVersion":"v1","metadata":{${token}"resourceVersion":"${pods}"},"items":[${items.join(',')}]}`;
}

/** The next watch event: pods and Events in turn. True if the reader has fallen behind. */
function sendNext(): ServerResponse | undefined {
  version += 1;
  const toPods = version % 2 === 0;
  const object = toPods ? podJson(version % pods, version) : eventJson(version, version);
  const watcher = watchers.get(toPods ? 'pods' : 'events');
  const taken = watcher?.write(`{"type":"${toPods ? 'MODIFIED' : 'ADDED'}","object":${object}}\n`);
  return taken === false ? watcher : undefined;
}

async function send({ rate, seconds }: { rate: number; seconds: number }): Promise<void> {
  const started = performance.now();
  const first = version;
  const total = rate === 0 ? seconds : Math.round(rate * seconds);
  while (version - first < total) {
    const due = rate === 0 ? total : Math.min(total, Math.floor(((performance.now() - started) / 1000) * rate));
    let behind: ServerResponse | undefined;
    while (version - first < due && behind === undefined) behind = sendNext();
    if (behind !== undefined) await new Promise((resolve) => behind?.once('drain', resolve));
    else if (rate > 0) await wait(5);
  }
  process.send?.({ sent: total, seconds: (performance.now() - started) / 1000 });
}

process.on('message', (message) => void send(message as { rate: number; seconds: number }));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
