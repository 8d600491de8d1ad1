import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { schemaProblems, syntaxProblems } from './config/problems.ts';
import { configSchema } from './config/schema.ts';
import { systemCode, usageError } from './errors.ts';
import type { Config } from './model/config.ts';

/** The file that is read from the working directory when no other is named. */
export const defaultConfigFile = 'k8s-labeler.yaml';

/** What applies without a configuration file. */
export const defaultConfig: Config = configSchema.parse({});

/**
 * The configuration of a file; without a path, of `./k8s-labeler.yaml` if there is one, else the defaults.
 * Throws CONFIG_NOT_FOUND or CONFIG_UNREADABLE, and CONFIG_INVALID with every problem at its file:line:column.
 */
export async function loadConfig(path?: string): Promise<Config> {
  const file = path ?? defaultConfigFile;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (path === undefined && systemCode(cause) === 'ENOENT') return defaultConfig;
    throw unreadable(file, cause);
  }
  return parseConfig(text, file);
}

/** The configuration in a YAML text; `file` names it in errors. Throws CONFIG_INVALID. */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  if (document.errors.length > 0) throw invalid(syntaxProblems(file, document, lines));
  const result = configSchema.safeParse(plainValue(document, file) ?? {});
  if (!result.success) throw invalid(schemaProblems(file, document, lines, result.error.issues));
  return result.data;
}

function plainValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid([`${file}:1:1: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
}

function invalid(problems: string[]) {
  const [first = ''] = problems;
  const message = problems.length === 1 ? first : `${problems.length} problems in the configuration\n${problems.join('\n')}`;
  return usageError('CONFIG_INVALID', message, { suggestions: ['docs/configuration.md lists every field with its default'] });
}

function unreadable(file: string, cause: unknown) {
  const missing = systemCode(cause) === 'ENOENT';
  const what = missing ? 'there is no configuration file' : 'cannot read the configuration file';
  return usageError(missing ? 'CONFIG_NOT_FOUND' : 'CONFIG_UNREADABLE', `${what} ${file}${missing ? '' : ` (${systemCode(cause)})`}`, {
    suggestions: [`name a readable YAML file, or leave it out to use ./${defaultConfigFile} or the defaults`],
    cause,
  });
}
