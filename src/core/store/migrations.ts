/** What opening an older store runs, in one transaction per version. `version` counts from 1; a published migration never changes. */
export type Migration = { version: number; statements: string[] };

/**
 * DuckDB's tables: the seed's five with its columns, and what filters and provenance need. There are no foreign keys, since on DuckDB
 * they block upserts and joint deletes; replaceCapture checks what they would. JSON stands for JSONB, DOUBLE for FLOAT.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: [
      'CREATE TABLE schema_version (application VARCHAR NOT NULL, version INTEGER NOT NULL)',
      `CREATE TABLE labels (
        id UUID PRIMARY KEY,
        type VARCHAR NOT NULL,
        question VARCHAR NOT NULL,
        answer VARCHAR,
        context JSON NOT NULL,
        metadata JSON,
        created_at TIMESTAMPTZ NOT NULL,
        cluster_id VARCHAR NOT NULL,
        quality_score DOUBLE,
        "timestamp" TIMESTAMPTZ NOT NULL,
        capture_id VARCHAR NOT NULL,
        incident_id VARCHAR NOT NULL,
        category VARCHAR NOT NULL,
        reason VARCHAR NOT NULL,
        severity VARCHAR NOT NULL,
        confidence DOUBLE NOT NULL,
        content_hash VARCHAR NOT NULL
      )`,
      `CREATE TABLE evidence (
        id UUID PRIMARY KEY,
        label_id UUID NOT NULL,
        type VARCHAR NOT NULL,
        data JSON NOT NULL,
        "timestamp" TIMESTAMPTZ NOT NULL,
        position INTEGER NOT NULL
      )`,
      `CREATE TABLE label_relationships (
        id UUID PRIMARY KEY,
        source_label_id UUID NOT NULL,
        target_label_id UUID NOT NULL,
        relationship_type VARCHAR NOT NULL,
        metadata JSON
      )`,
      `CREATE TABLE events (
        id UUID PRIMARY KEY,
        type VARCHAR NOT NULL,
        resource_type VARCHAR NOT NULL,
        resource_name VARCHAR NOT NULL,
        namespace VARCHAR NOT NULL,
        data JSON NOT NULL,
        "timestamp" TIMESTAMPTZ NOT NULL,
        cluster_id VARCHAR NOT NULL,
        capture_id VARCHAR NOT NULL
      )`,
      `CREATE TABLE event_correlations (
        id UUID PRIMARY KEY,
        source_event_id UUID NOT NULL,
        related_event_id UUID NOT NULL,
        correlation_type VARCHAR NOT NULL,
        confidence DOUBLE NOT NULL
      )`,
    ],
  },
  // The trace of a label's scores; NULL where none came with the label.
  { version: 2, statements: ['ALTER TABLE labels ADD COLUMN quality_checks JSON'] },
  // What labels were made from, for the manifests of datasets.
  { version: 3, statements: ['CREATE TABLE captures (capture_id VARCHAR PRIMARY KEY, source JSON NOT NULL)'] },
  // What people said of labels. Nothing but adding writes here: reviews outlive the labels that they are about.
  {
    version: 4,
    statements: [
      `CREATE TABLE reviews (
        id UUID PRIMARY KEY,
        label_id UUID NOT NULL,
        capture_id VARCHAR NOT NULL,
        content_hash VARCHAR NOT NULL,
        rule_id VARCHAR NOT NULL,
        verdict VARCHAR NOT NULL,
        reason VARCHAR,
        comment VARCHAR NOT NULL,
        edits JSON,
        undoes UUID,
        reviewer VARCHAR NOT NULL,
        sequence INTEGER NOT NULL,
        seconds DOUBLE,
        created_at TIMESTAMPTZ NOT NULL
      )`,
    ],
  },
];
