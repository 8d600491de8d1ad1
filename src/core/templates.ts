import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { systemCode, usageError } from './errors.ts';
import { nearest } from './model/nearest.ts';
import { oneLine } from './model/text.ts';
import { namesIn, type Templates, templateNames } from './training/templates.ts';

/** The wordings that come with this package. */
export const defaultTemplateFile = fileURLToPath(new URL('../../templates/default.yaml', import.meta.url));

const ways = z.array(z.string().min(1)).min(1);
const skill = z.strictObject({ prompt: ways, completion: ways });
const remedies = z.array(z.strictObject({ action: z.string().min(1), verify: z.string().min(1) })).min(1);

const templateSchema = z.strictObject({
  version: z.literal(1),
  system: ways,
  tools_system: ways,
  facts: ways,
  json_instruction: z.string().min(1),
  skills: z.strictObject({
    diagnose: skill,
    compare: skill,
    read: skill,
    next_check: skill,
    plan: skill,
    health: z.strictObject({ prompt: ways, fault: ways, intended: ways, progress: ways, well: ways }),
    abstain: skill,
    size: skill,
  }),
  pairs: z.strictObject({
    runner_up: z.strictObject({ rejected: ways }),
    uncited: z.strictObject({ rejected: ways }),
    wrong_remedies: z.record(z.string(), remedies).refine((all) => all.any !== undefined, { message: 'expected remedies under `any`' }),
    filler: ways,
  }),
}) satisfies z.ZodType<Templates>;

/** Templates and the sha256 of the file that they come from. */
export type LoadedTemplates = { templates: Templates; hash: string };

/** Reads wordings. Throws TEMPLATES_UNREADABLE and TEMPLATES_INVALID (exit code 2) with every problem at its file:line:column. */
export async function loadTemplates(file = defaultTemplateFile): Promise<LoadedTemplates> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError('TEMPLATES_UNREADABLE', `cannot read the templates ${file} (${systemCode(cause)})`, {
      suggestions: ['`templates` in the configuration names a YAML file; without it the bundled ones are used'],
      cause,
    });
  }
  return { templates: parseTemplates(text, file), hash: createHash('sha256').update(text).digest('hex') };
}

/** Wordings in a YAML text; `file` names it in errors. Throws TEMPLATES_INVALID. */
export function parseTemplates(text: string, file: string): Templates {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const at = (offset: number, what: string) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}: ${oneLine(what, 300)}`;
  };
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length) as (string | number)[], true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  };
  if (document.errors.length > 0) throw invalid(document.errors.map(({ pos, message }) => at(pos[0], message.split('\n')[0] ?? message)));
  const result = templateSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!result.success) {
    throw invalid(result.error.issues.map(({ path, message }) => at(offsetOf(path), `${path.join('.') || 'the file'}: ${message}`)));
  }
  const unknown = unknownNames(result.data).map(({ path, name, known }) => at(offsetOf(path), unknownName(path, name, known)));
  if (unknown.length > 0) throw invalid(unknown);
  return result.data;
}

type Unknown = { path: (string | number)[]; name: string; known: readonly string[] };

/** Names in braces that their wording does not have. */
function unknownNames(value: unknown, path: (string | number)[] = []): Unknown[] {
  if (typeof value === 'string') {
    const place = path.filter((part) => typeof part === 'string');
    const known = Object.entries(templateNames).find(([name]) => `${place.join('.')}.`.startsWith(`${name}.`))?.[1] ?? [];
    return namesIn(value).flatMap((name) => (known.includes(name) ? [] : [{ path, name, known }]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => unknownNames(item, [...path, Array.isArray(value) ? Number(key) : key]));
}

function unknownName(path: (string | number)[], name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const hint =
    known.length === 0 ? 'there are no names here' : meant === undefined ? `expected ${known.join(', ')}` : `did you mean {${meant}}?`;
  return `${path.join('.')}: unknown name {${name}}, ${hint}`;
}

function invalid(problems: string[]) {
  const [first = ''] = problems;
  const message = problems.length === 1 ? first : `${problems.length} problems in the templates\n${problems.join('\n')}`;
  return usageError('TEMPLATES_INVALID', message, { suggestions: ['templates/default.yaml of the package is a complete example'] });
}
