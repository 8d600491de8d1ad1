import { pointerOf } from '../../model/pointer.ts';
import { type Conformance, datasetsLoader, has, isFilled } from '../conformance.ts';
import { type Dialogue, plainDialogue } from '../dialogue.ts';
import { described, type Fields, type Problem, problem } from '../finding.ts';
import { lengthRatio } from '../pairs.ts';

/** Stanford Alpaca: instruction, input, output and system as texts; chosen and rejected in preference data. */
export const alpaca: Conformance = {
  ...datasetsLoader,
  views: ['alpaca'],
  open: () => {
    const ratio = lengthRatio();
    return {
      row: (row) => {
        ratio.add(row.chosen, row.rejected);
        return alpacaProblems(row);
      },
      end: ratio.end,
    };
  },
  dialogue: alpacaDialogue,
};

/** What is wrong with an Alpaca row. */
export function alpacaProblems(row: Fields): Problem[] {
  const pair = has(row, 'chosen') || has(row, 'rejected');
  const answers = pair ? ['chosen', 'rejected'] : ['output'];
  const found = ['instruction', ...answers].filter((name) => row[name] === undefined).map((name) => missing(name));
  if (row.input === undefined) found.push({ ...missing('input'), severity: 'warning' });
  for (const name of ['instruction', 'input', 'system', ...answers]) {
    const value = row[name];
    if (value === undefined || value === null || typeof value === 'string') continue;
    found.push(problem('COLUMN_TYPE', pointerOf(name), `found ${described(value)}, expected text`));
  }
  if (row.instruction !== undefined && !isGiven(row.instruction) && !isGiven(row.input)) {
    found.push(problem('EMPTY_PROMPT', '/instruction', 'instruction and input are empty, expected text in one of them'));
  }
  for (const name of answers) {
    const value = row[name];
    if (value === null || (typeof value === 'string' && !isFilled(value))) {
      found.push(problem('EMPTY_ANSWER', pointerOf(name), `${name} is ${described(value)}, expected text`));
    }
  }
  if (pair && isFilled(row.chosen) && row.chosen === row.rejected) {
    found.push(problem('PAIR_EQUAL', '/rejected', 'chosen and rejected are equal, expected two different answers'));
  }
  return found;
}

/** What has a wrong type is told once, as that. */
function isGiven(value: unknown): boolean {
  return isFilled(value) || (value !== undefined && value !== null && typeof value !== 'string');
}

function missing(name: string): Problem {
  return problem(
    'COLUMN_MISSING',
    pointerOf(name),
    `the row has no ${name}, expected text: LLaMA-Factory raises KeyError if no row has it`,
  );
}

/** What an Alpaca row means: instruction and input are the prompt. Undefined where they are no texts. */
export function alpacaDialogue(row: Fields): Dialogue | undefined {
  const given = [row.instruction, row.input].filter(isFilled).join('\n');
  const answers = (has(row, 'chosen') ? [row.chosen, row.rejected] : [row.output]).filter((one) => typeof one === 'string');
  if (given === '') return undefined;
  return { ...plainDialogue(given, answers, isFilled(row.system) ? row.system : ''), conversational: true };
}
