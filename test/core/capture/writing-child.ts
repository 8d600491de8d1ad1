import { openCapture } from '../../../src/core/capture/write.ts';
import { LabelerError } from '../../../src/core/errors.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';

/**
 * Writes records until it is killed or cannot write any more; prints the seq of the last record that is surely on the disk. With `keep` it
 * then leaves what it wrote.
 */
const [dir = '', keep] = process.argv.slice(2);
const writer = await openCapture(dir, {
  source: { type: 'record' },
  clusters: [{ alias: 'c01', name: 'test' }],
  tool: 'test',
  createdAt: '2026-01-01T00:00:00Z',
  memberBytes: 100_000,
  segmentBytes: 200_000,
});
const noise = Array.from({ length: 997 }, (_, index) => ((index * 2_654_435_761) % 4_294_967_296).toString(36)).join('');
try {
  for (let count = 1; ; count += 1) {
    const line = { namespace: 'shop', pod: 'p', container: 'app', message: noise.slice(count % 997, (count % 997) + 900), timestamp: '' };
    const log: RecordDraft = { at: '2026-01-01T00:00:00Z', atSource: 'received', cluster: 'c01', stream: 'logs', kind: 'log', line };
    const tick: RecordDraft = { at: log.at, atSource: 'received', cluster: 'c01', stream: '', kind: 'tick' };
    const seq = await writer.write(count % 5 === 0 ? tick : log);
    if (count % 1000 !== 0) continue;
    await writer.flush();
    process.stdout.write(`${seq}\n`);
  }
} catch (error) {
  if (keep === 'keep') await writer.close('failed').catch(() => undefined);
  else await writer.abort();
  if (!(error instanceof LabelerError)) throw error;
  process.stderr.write(`${error.code} ${error.message}\n`);
  process.exitCode = error.exitCode;
}
