/** The same load through the Watch of @kubernetes/client-node: every event is written as a line of a gzip file. For `npm run bench:record`. */
import { createWriteStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import { KubeConfig, Watch } from '@kubernetes/client-node';

const [kubeconfig = '', out = ''] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const gzip = createGzip({ level: 1 });
gzip.pipe(createWriteStream(out));
let events = 0;
for (const path of ['/api/v1/pods', '/api/v1/events']) {
  await new Watch(config).watch(
    path,
    { resourceVersion: '20000' },
    (type, object: unknown) => {
      events += 1;
      gzip.write(`${JSON.stringify({ type, object })}\n`);
    },
    () => undefined,
  );
}
process.on('message', () => process.send?.({ events }));
process.on('disconnect', () => process.exit());
