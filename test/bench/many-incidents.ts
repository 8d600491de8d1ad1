import { rm, writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { bundledCaptures } from '../../src/core/captures.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import { stableId } from '../../src/core/labels/provenance.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openStore } from '../../src/core/store/open.ts';

const createdAt = '2000-01-01T00:00:00.000Z';

type Copy = {
  old_label: string;
  old_capture: string;
  old_key: string;
  id: string;
  capture: string;
  key: string;
  incident: string;
  word: string;
};

/**
 * Makes a label store of `count` labels in `captures` captures: those of the bundled recordings again and again, each under other ids and
 * names, with its evidence and the events of its incident. The same numbers give the same rows.
 */
export async function fillIncidents(path: string, count: number, captures: number): Promise<void> {
  const store = await openStore(path);
  const rules = { rules: builtinRules, rulesVersion: rulesVersion(builtinRules) };
  await generate(await bundledCaptures(), { store, config: defaultConfig, ...rules, createdAt });
  const known: { id: string; capture: string; key: string }[] = [];
  for await (const { id, capture_id: capture, incident_id: incident } of store.select()) {
    let key = '';
    for await (const { data } of store.events(capture))
      if (stableId(capture, 'incident', String(data.incident)) === incident) key = String(data.incident);
    known.push({ id, capture, key });
  }
  await store.close();
  const copies = `${path}.copies.json`;
  await writeFile(copies, JSON.stringify(Array.from({ length: count }, (_, n) => copyOf(known[n % known.length]!, n, captures))));
  const instance = await DuckDBInstance.create(path, { threads: '1', memory_limit: '2GB', temp_directory: `${path}.spill` });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const statement of statements(copies)) await connection.run(statement);
  connection.disconnectSync();
  instance.closeSync();
  for (const left of [copies, `${path}.spill`]) await rm(left, { recursive: true, force: true });
}

function copyOf({ id, capture, key }: { id: string; capture: string; key: string }, n: number, captures: number): Copy {
  const own = { capture: `capture-${n % captures}`, key: `${key}#${n}` };
  // Letters only: numbers in names are volatile, and all copies would be the same text to the search for duplicates.
  const word = n.toString(26).replace(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
  const incident = stableId(own.capture, 'incident', own.key);
  return { old_label: id, old_capture: capture, old_key: key, id: stableId(own.capture, 'copy', own.key), ...own, incident, word };
}

function statements(copies: string): string[] {
  const named = (column: string) => `replace(${column}::VARCHAR, name, name || '-' || word)`;
  return [
    `CREATE TEMP TABLE copies AS SELECT row_number() OVER () AS n, * FROM read_json('${copies}')`,
    `CREATE TEMP TABLE real AS SELECT *, metadata->'resource'->>'name' AS name FROM labels`,
    `CREATE TEMP TABLE cited AS SELECT e.*, name FROM evidence e JOIN real r ON r.id = e.label_id`,
    `CREATE TEMP TABLE facts AS SELECT * FROM events`,
    ...['event_correlations', 'evidence', 'label_relationships', 'events', 'labels', 'captures'].map((table) => `DELETE FROM ${table}`),
    `INSERT INTO labels (id, type, question, answer, context, metadata, created_at, cluster_id, quality_score, "timestamp", capture_id, incident_id,
        category, reason, severity, confidence, content_hash)
      SELECT c.id::UUID, type, ${named('question')}, ${named('answer')}, ${named('context')}, ${named('metadata')}, created_at,
        cluster_id || '-' || n % 40, quality_score, "timestamp" + to_seconds(n), capture, incident, category, reason, severity, confidence,
        md5(n::VARCHAR)
      FROM copies c JOIN real r ON r.id = c.old_label::UUID`,
    `INSERT INTO evidence (id, label_id, type, data, "timestamp", position)
      SELECT md5(c.id || ' ' || position)::UUID, c.id::UUID, type, ${named('data')}, "timestamp" + to_seconds(n), position
      FROM copies c JOIN cited e ON e.label_id = c.old_label::UUID`,
    `INSERT INTO events (id, type, resource_type, resource_name, namespace, data, "timestamp", cluster_id, capture_id)
      SELECT md5(c.id || ' ' || e.id)::UUID, e.type, resource_type, ${named('resource_name')}, namespace,
        json_merge_patch(${named('data')}, json_object('incident', key)), e."timestamp" + to_seconds(n), e.cluster_id || '-' || n % 40, capture
      FROM copies c JOIN real r ON r.id = c.old_label::UUID JOIN facts e ON e.capture_id = old_capture AND (e.data->>'incident') = old_key`,
    'CHECKPOINT',
  ];
}
