import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { storeError, systemCode } from '../errors.ts';
import { openDuckdbStore } from './duckdb-store.ts';
import { notFoundError, unwritableError } from './faults.ts';
import type { LabelStore } from './store.ts';

/**
 * Opens the label store at a file path, creating it and its directory unless `readOnly` or `create: false`; the tables are ready afterwards.
 * Throws STORE_UNSUPPORTED for URLs, STORE_NOT_FOUND, and what `openDatabase` and `migrate` throw (exit code 5).
 */
export async function openStore(url: string, options: { readOnly?: boolean; create?: boolean } = {}): Promise<LabelStore> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1];
  if (scheme !== undefined) throw unsupported(scheme);
  const path = resolve(url);
  if (options.create === false && !existsSync(path)) throw notFoundError(url);
  if (options.readOnly !== true) await makeDirectory(dirname(path), url);
  return openDuckdbStore(path, options.readOnly === true);
}

async function makeDirectory(directory: string, url: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw unwritableError(url, `cannot make its directory (${systemCode(error)})`);
  }
}

// The URL may hold a password, so that only its scheme is named.
function unsupported(scheme: string) {
  return storeError('STORE_UNSUPPORTED', `no label store speaks ${scheme}://, only DuckDB files are supported`, {
    suggestions: ['name a file: --store ./k8s-labeler.duckdb'],
  });
}
