// What `kubectl cluster-info dump --output-directory=DIR` and `kubectl get … -w --output-watch-events` write, asked of the API in
// $KUBECONFIG: kubectl's own dump ends at the first kind that a replay does not have.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const server = /server: "?(http:[^"\s]+?)"?\s/.exec(readFileSync(process.env.KUBECONFIG ?? '', 'utf8'))?.[1];
const ask = async (path) => (await fetch(`${server}${path}`)).text();
const kinds = ['api/v1 pods', 'api/v1 events', 'api/v1 services', 'apis/apps/v1 deployments', 'apis/apps/v1 replicasets'];
const lists = [];
for (const kind of kinds) {
  const [group, name] = kind.split(' ');
  const answer = JSON.parse(await ask(`/${group}/${name}`));
  if (answer.kind !== 'Status') lists.push({ name, ...answer });
}
const directory = process.argv.map((word) => /^--output-directory=(.*)/.exec(word)?.[1]).find(Boolean);
if (directory === undefined) {
  for (const { items, kind, apiVersion } of lists) {
    const type = { kind: kind.replace(/List$/, ''), apiVersion };
    for (const object of items) console.log(JSON.stringify({ type: 'ADDED', object: { ...type, ...object } }));
  }
} else {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'nodes.json'), await ask('/api/v1/nodes'));
  for (const { name, ...list } of lists) {
    for (const namespace of new Set(list.items.map(({ metadata }) => metadata.namespace))) {
      const items = list.items.filter(({ metadata }) => metadata.namespace === namespace);
      mkdirSync(join(directory, namespace), { recursive: true });
      writeFileSync(join(directory, namespace, `${name}.json`), JSON.stringify({ ...list, items }));
    }
  }
}
