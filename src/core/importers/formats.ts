import { accessSync, closeSync, constants, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { captureError, LabelerError, systemCode, usageError } from '../errors.ts';
import { audit } from './audit.ts';
import { readDump } from './dump.ts';
import { eventExporter } from './event-exporter.ts';
import { foldersIn, layoutOf } from './files.ts';
import type { Importer } from './importer.ts';
import { holdsLabels } from './labels/files.ts';
import { mustGather } from './must-gather.ts';
import { otel } from './otel.ts';
import { readSpan } from './scan.ts';
import { supportBundle } from './support-bundle.ts';
import { readWatch } from './watch.ts';

const watchEvent = /^\s*\{\s*"type"\s*:\s*"(?:ADDED|MODIFIED|DELETED|BOOKMARK|ERROR)"\s*,\s*"object"\s*:/;

/** Every format that can be imported, by the name `--format` takes; `auto` asks them in this order, so the last one takes anything. */
export const formats: Record<string, Importer> = {
  watch: {
    title:
      'watch streams ({type, object} per line, or as kubectl get -w --output-watch-events -o json prints them), with logs/ and metrics/',
    detect: async (path) => firstLayout(path) === 'watch' || hasWatchEvents(path),
    read: readWatch,
  },
  'must-gather': mustGather,
  'support-bundle': supportBundle,
  'event-exporter': eventExporter,
  otel,
  audit,
  dump: {
    title: 'Kubernetes objects and Lists as JSON or YAML with pod logs, such as kubectl get -o yaml or kubectl cluster-info dump write',
    detect: async () => true,
    read: readDump,
  },
};

/** The format that is read into a label store instead of a capture. */
export const labelsFormat = 'labels';

/**
 * The format of a path: the one that is asked for, or the first that recognises it; `labels` for files of labels.
 * Throws IMPORT_NOT_FOUND, IMPORT_FORMAT.
 */
export async function formatOf(path: string, wanted = 'auto'): Promise<string> {
  try {
    const found = statSync(path);
    accessSync(path, constants.R_OK);
    if (!found.isFile() && !found.isDirectory()) throw noFile(path);
  } catch (error) {
    if (error instanceof LabelerError) throw error;
    const missing = systemCode(error) === 'ENOENT';
    const message = missing ? `no such file or directory: ${path}` : `cannot read ${path}: ${systemCode(error)}`;
    throw captureError('IMPORT_NOT_FOUND', message, {
      cause: error,
      suggestions: ['give the folder or file that holds the recorded objects'],
    });
  }
  if (wanted !== 'auto') {
    if (Object.hasOwn(formats, wanted) || wanted === labelsFormat) return wanted;
    throw usageError('IMPORT_FORMAT', `unknown format ${wanted}`, {
      suggestions: [`known are auto, ${[...Object.keys(formats), labelsFormat].join(', ')}`],
    });
  }
  if (holdsLabels(path)) return labelsFormat;
  for (const [name, format] of Object.entries(formats)) if (await format.detect(path)) return name;
  return 'dump';
}

/** Everything is read twice, which a pipe or a device does not allow. */
function noFile(path: string): LabelerError {
  return captureError('IMPORT_NOT_FOUND', `${path} is neither a file nor a folder`, {
    suggestions: ['write what a pipe or a device gives into a file, and import that'],
  });
}

function firstLayout(path: string): 'watch' | 'dump' | undefined {
  if (!statSync(path).isDirectory()) return undefined;
  const folders = foldersIn(path);
  const layouts = folders.map((folder) => layoutOf(foldersIn(join(path, folder))));
  return layoutOf(folders) ?? layouts.find((layout) => layout !== undefined);
}

/** Whether a file, or the first of up to 50 JSON files right inside a folder that holds a document, begins with a watch event. */
function hasWatchEvents(path: string): boolean {
  if (!statSync(path).isDirectory()) return watchEvent.test(headOf(path));
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && /\.(?:json|ndjson|jsonl)$/.test(entry.name));
  return files.slice(0, 50).some(({ name }) => watchEvent.test(headOf(join(path, name))));
}

function headOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return readSpan(fd, 0, 512).toString('utf8');
  } finally {
    closeSync(fd);
  }
}
