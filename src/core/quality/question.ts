import type { Label } from '../model/label.ts';
import type { LabelProblem } from './problem.ts';
import { objectNames } from './texts.ts';

const sharedWords = 5;
const mark = '';
/** Three or more words joined by hyphens and the like: a name (of a container, an image), not prose. */
const chained = /^[a-z0-9]+(?:[._-][a-z0-9]+){2,}$/;

/**
 * Whether a question gives its answer away: the reason's name (also as separate words), a sentence of the root cause, or five of
 * its words in a row. Names of objects are left out of the comparison, because both must name them.
 */
export function questionProblems(label: Label): LabelProblem[] {
  const names = objectNames(label);
  const question = words(label.question, names, true);
  const reveals = (what: string): LabelProblem => ({
    code: 'QUESTION_REVEALS',
    pointer: '/question',
    message: `the question gives away ${what}`,
  });

  const split = label.reason.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  const spelled = split.split(' ');
  const plain = words(label.question, names, false);
  if (plain.includes(label.reason.toLowerCase()) || contains(plain, spelled)) return [reveals(`the reason ${label.reason}`)];

  const cause = label.type === 'troubleshooting' ? label.root_cause : '';
  for (const sentence of cause.split(/(?<=[.!?])\s+/)) {
    const said = words(sentence, names, true);
    const shared =
      said.length >= 2 && contains(question, said)
        ? said
        : said.map((_, at) => said.slice(at, at + sharedWords)).find((run) => run.length === sharedWords && contains(question, run));
    if (shared) return [reveals(`the root cause: "${shared.join(' ')}"`)];
  }
  return [];
}

/** Lower-case words; an object's name (and, with `chains`, any chained name) becomes a mark that takes part in no comparison. */
function words(text: string, names: readonly string[], chains: boolean): string[] {
  const chunks = text.match(/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/g) ?? [];
  return chunks.flatMap((chunk) =>
    names.includes(chunk) || (chains && chained.test(chunk)) ? [mark] : (chunk.toLowerCase().match(/[a-z0-9]+/g) ?? []),
  );
}

function contains(text: readonly string[], run: readonly string[]): boolean {
  if (run.length === 0 || run.includes(mark)) return false;
  return text.some((_, start) => run.every((word, offset) => text[start + offset] === word));
}
