import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';

/**
 * Records, or goes on with, a capture until it is killed: some hundred records a second of all classes. After each slice it prints the seq
 * of the last record it has written, and the time.
 */
const [dir = '', maxBytes = ''] = process.argv.slice(2);
const exists = await access(join(dir, 'manifest.json')).then(
  () => true,
  () => false,
);
const sizes = maxBytes === '' ? { segmentBytes: 50_000 } : { maxBytes: Number(maxBytes), memberBytes: 8_000 };
const start = { source: { type: 'record' as const }, clusters: [{ alias: 'c01', name: 'test' }], tool: 'test' };
const at = () => new Date().toISOString();
const writer = exists
  ? (await resumeCapture(dir, sizes)).writer
  : await openCapture(dir, { ...start, createdAt: at(), id: '00000000-0000-4000-8000-000000000001', ...sizes });
const noise = Array.from({ length: 997 }, (_, index) => ((index * 2_654_435_761) % 4_294_967_296).toString(36)).join('');

function podDraft(name: string, version: number): RecordDraft {
  const ref = { kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` };
  const object = { kind: 'Pod', metadata: { name }, status: { version, noise: noise.slice(version % 997, (version % 997) + 300) } };
  const event = { type: 'MODIFIED' as const, ref, resourceVersion: String(version), object };
  return { at: at(), atSource: 'received', cluster: 'c01', stream: 'c01/pods', kind: 'resource', event };
}

function logDraft(version: number): RecordDraft {
  const message = noise.slice(version % 997, (version % 997) + 200);
  const line = { namespace: 'shop', pod: 'p', container: 'app', message, timestamp: '' };
  return { at: at(), atSource: 'received', cluster: 'c01', stream: 'c01/pods.log', kind: 'log', line };
}

if (!exists) await writer.write(podDraft('still', 1));
for (let version = 2; ; ) {
  let seq = 0;
  for (const end = version + 10; version < end; version += 1) {
    seq = await writer.write(version % 3 === 0 ? logDraft(version) : podDraft(`pod-${version % 7}`, version));
  }
  process.stdout.write(`${seq} ${performance.now()}\n`);
  await setTimeout(10);
}
