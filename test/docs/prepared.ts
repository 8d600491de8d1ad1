import { join } from 'node:path';
import { root } from '../source.ts';
import { statementsOf } from './pages.ts';
import { failureOf, runStatements } from './shell.ts';

/**
 * What pages and examples name besides captures/shop and captures/prod, made with the tool itself: stores, datasets, dumps, archives, reviews.
 */
const script = `
k8s-labeler generate --demo captures
mkdir -p out packs public
for name in labels before after out/labels out/demo; do cp k8s-labeler.duckdb $name.duckdb; done
k8s-labeler export --format jsonl --out labels.jsonl
k8s-labeler export --format csv --out labels.csv
k8s-labeler export --to hf --out dataset
cp -r dataset dataset-v1 && cp -r dataset dataset-v2
k8s-labeler export --to trl --out out/trl --no-check
cp -r dataset out/earlier && cp -r dataset/formats/axolotl out/axolotl && cp dataset/formats/openai/train.jsonl train.jsonl
cp -r captures/shop out/capture
cp ${root}/examples/rule-packs/house.yaml house.yaml && cp house.yaml packs/house.yaml
cp ${root}/test/core/importers/fixtures/audit/audit.log audit.log && cp -r ${root}/test/core/importers/fixtures/watch/streams streams
kubectl cluster-info dump --all-namespaces --output-directory=dump
tar -czf must-gather.tar.gz dump
node ${join(import.meta.dirname, 'dump.js')} > pods.ndjson && grep '"kind":"Event"' pods.ndjson > events.ndjson
k8s-labeler review --limit 2 && k8s-labeler review --export ada.jsonl
printf 'quality:\n  weights: { evidenceQuality: 0.4, relevance: 0.3 }\n' > weights.yaml
printf '%s' '{"chat_template": "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\\n{% endfor %}"}' > tokenizer_config.json
`;

/** Fills a folder with the above. */
export async function prepare(directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const outcomes = await runStatements(statementsOf(script, 1), directory, env);
  const failures = outcomes.flatMap((outcome) => failureOf('prepared.ts', outcome) ?? []);
  if (failures.length > 0) throw new Error(`${directory}\n${failures.join('\n')}`);
}
