import { rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { bundledCaptures } from '../../src/core/captures.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openStore } from '../../src/core/store/open.ts';

const createdAt = '2000-01-01T00:00:00.000Z';

/**
 * Makes a label store of `count` labels that are varied from those of the bundled recordings: other ids, names, numbers and texts. The same
 * count gives the same rows. DuckDB multiplies them, because storing half a million labels one by one takes longer than the rest.
 */
export async function fillStore(path: string, count: number): Promise<void> {
  const store = await openStore(path);
  const rules = { rules: builtinRules, rulesVersion: rulesVersion(builtinRules) };
  await generate(await bundledCaptures(), { store, config: defaultConfig, ...rules, createdAt });
  await store.close();
  const instance = await DuckDBInstance.create(path, { threads: '1', memory_limit: '4GB', temp_directory: `${path}.spill` });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await multiply(connection, count);
  connection.disconnectSync();
  instance.closeSync();
  await rm(`${path}.spill`, { recursive: true, force: true });
}

async function multiply(connection: DuckDBConnection, count: number): Promise<void> {
  // Values of evidence are JSON text within JSON, where a name may stand too.
  const named = (column: string) => `replace(${column}::VARCHAR, name, name || '-' || n)`;
  const statements = [
    `CREATE TEMP TABLE real AS SELECT *, metadata->'resource'->>'name' AS name, row_number() OVER (ORDER BY id) - 1 AS k FROM labels`,
    'CREATE TEMP TABLE cited AS SELECT e.*, k, name FROM evidence e JOIN real r ON r.id = e.label_id',
    'DELETE FROM evidence',
    'DELETE FROM label_relationships',
    'DELETE FROM labels',
    `CREATE TEMP TABLE numbers AS SELECT range AS n, md5('label ' || range)::UUID AS new_id, range % (SELECT count(*) FROM real) AS k FROM range(${count})`,
    `INSERT INTO labels (id, type, question, answer, context, metadata, created_at, cluster_id, quality_score, "timestamp", capture_id, incident_id,
        category, reason, severity, confidence, content_hash)
      SELECT new_id, type, ${named('question')}, ${named('answer')} || repeat(' Seen before in this cluster.', n % 7) || ' Case ' || n || '.',
        ${named('context')}, ${named('metadata')}, created_at, cluster_id, quality_score, "timestamp" + to_seconds(n), 'capture-' || n // 5000,
        md5('incident ' || n)::UUID::VARCHAR, category, reason, severity, 0.5 + (n % 50) / 100, md5(n::VARCHAR)
      FROM numbers JOIN real USING (k)`,
    `INSERT INTO evidence (id, label_id, type, data, "timestamp", position)
      SELECT md5(new_id || ' ' || position)::UUID, new_id, type, ${named('data')}, "timestamp" + to_seconds(n), position
      FROM numbers JOIN cited USING (k)`,
    'CHECKPOINT',
  ];
  for (const statement of statements) await connection.run(statement);
}
