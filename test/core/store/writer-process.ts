import { setTimeout } from 'node:timers/promises';
import { openStore } from '../../../src/core/store/open.ts';
import { troubleshootingLabel } from '../label-arbitrary.ts';

// Holds a store open (`hold`), or commits one capture and stays in the middle of a second one (`stage`), until it is killed.
const [file = '', mode] = process.argv.slice(2);
const createdAt = '2026-03-02T00:00:00.000Z';

const store = await openStore(file);
if (mode === 'hold') {
  process.stdout.write('ready\n');
  await setTimeout(60_000);
}

async function* endless() {
  for (let n = 0; n < 2000; n++) yield troubleshootingLabel(n, { capture_id: 'cap-b' });
  process.stdout.write('ready\n');
  await setTimeout(60_000);
}

await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1)] }, createdAt);
await store.replaceCapture('cap-b', { labels: endless() }, createdAt);
