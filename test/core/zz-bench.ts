import { rmSync, statSync } from 'node:fs';
import { exportLabels } from '../../src/core/export/export.ts';
import { openStore } from '../../src/core/store/open.ts';
import { troubleshootingLabel } from './label-arbitrary.ts';

const n = Number(process.argv[2]);
const f = '/tmp/x/b/s.duckdb';
const base = troubleshootingLabel(1);
const pad = (i: number) =>
  Array.from({ length: 8 }, (_, k) => ({
    ...base.evidence[0]!,
    id: `e${k}`,
    seq: i * 8 + k,
    value: { exitCode: 137, reason: 'OOMKilled', startedAt: `2026-03-01T09:${k}:${i % 60}Z` },
  }));
function* labels() {
  for (let i = 0; i < n; i++)
    yield troubleshootingLabel(i, {
      evidence: pad(i),
      context: { ...base.context, nodes: Array.from({ length: 6 }, (_, k) => ({ ...base.context.nodes[0]!, name: `node-${k}-${i}` })) },
    });
}
let peak = 0;
let top = '';
setInterval(() => {
  const m = process.memoryUsage();
  if (m.rss > peak) {
    peak = m.rss;
    top = `heap ${Math.round(m.heapUsed / 1e6)} of ${Math.round(m.heapTotal / 1e6)} ext ${Math.round(m.external / 1e6)}`;
  }
}, 20).unref();
const lap = async (name: string, w: () => Promise<unknown>) => {
  const t = Date.now();
  peak = process.memoryUsage().rss;
  const r = await w();
  console.log(
    top,
    name.padEnd(10),
    ((Date.now() - t) / 1000).toFixed(1),
    's',
    Math.round((n / (Date.now() - t)) * 1000),
    '/s peak MB',
    Math.round(Math.max(peak, process.memoryUsage().rss) / 1e6),
    r ?? '',
  );
};
if (process.argv[3] === 'fill') {
  rmSync(f, { force: true });
  const s = await openStore(f);
  await lap('insert', () => s.replaceCapture('cap-a', { labels: labels() }, '2026-01-01T00:00:00Z'));
  await lap('again', () => s.replaceCapture('cap-a', { labels: labels() }, '2026-01-01T00:00:00Z'));
  await lap('close', () => s.close());
  console.log('size MB', statSync(f).size / 1e6);
} else {
  const s = await openStore(f, { readOnly: true });
  if (process.argv[3] === 'count')
    await lap('select', async () => {
      let k = 0;
      for await (const _ of s.select()) k++;
      return k;
    });
  else
    await lap(process.argv[3]!, async () => {
      const out = `/tmp/x/b/d.${process.argv[3]}`;
      await exportLabels(s, { format: process.argv[3] as 'json', out, filter: {} });
      return statSync(out).size / 1e6;
    });
  await s.close();
}
