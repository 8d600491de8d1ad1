import { stringifyJson } from '../../model/json.ts';
import { pointerOf } from '../../model/pointer.ts';
import { type Conformance, datasetsLoader, type FileChecks, isFilled, type LateProblem } from '../conformance.ts';
import { plainDialogue } from '../dialogue.ts';
import { described, type Fields, isFields, type Problem, problem } from '../finding.ts';
import { guessedLayout, type LlamaLayout } from '../llama-info.ts';
import { lengthRatio } from '../pairs.ts';
import { toolTextProblems, turnDialogue, turnProblems } from '../turns.ts';
import { openaiRow } from './llama-openai.ts';

const drops = 'LLaMA-Factory drops this row with only a log warning';

/** LLaMA-Factory: what its converters do with a row, by the layout in dataset_info.json (data/parser.py, converter.py, processor/). */
export const llama: Conformance = {
  ...datasetsLoader,
  views: [],
  open: ({ layout }) => fileChecks(layout),
  dialogue: (row, { layout = guessedLayout(row) }) => {
    const { columns, formatting, ranking, tags } = layout;
    const value = (name: keyof typeof columns) => row[columns[name] ?? ''];
    const pair: [unknown, unknown] | undefined = ranking ? [value('chosen'), value('rejected')] : undefined;
    if (formatting !== 'alpaca') {
      const seen = { ...row, system: value('system'), tools: value('tools') };
      return turnDialogue(seen, columns.messages ?? '', tags, pair?.every(isFields) ? pair : undefined);
    }
    const prompt = [value('prompt'), value('query')].filter(isFilled).join('\n');
    const answers = (pair ?? [value('response')]).filter((one) => typeof one === 'string');
    const system = value('system');
    return prompt === '' ? undefined : { ...plainDialogue(prompt, answers, isFilled(system) ? system : ''), conversational: true };
  },
};

function fileChecks(given: LlamaLayout | undefined): FileChecks {
  const ratio = lengthRatio();
  const columns = columnsSeen();
  return {
    row: (row, line) => {
      const layout = given ?? guessedLayout(row);
      columns.row(row, line, layout);
      if (layout.ranking) ratio.add(row[layout.columns.chosen ?? ''], row[layout.columns.rejected ?? '']);
      if (layout.formatting === 'openai') return openaiRow(row, layout, drops);
      return layout.formatting === 'alpaca' ? alpacaRow(row, layout) : sharegptRow(row, layout);
    },
    end: () => [...ratio.end(), ...columns.end()],
  };
}

/** A listed column that no row has raises KeyError at the first row; where some rows have it, the others get null. */
function columnsSeen(): { row: (row: Fields, line: number, layout: LlamaLayout) => void; end: () => LateProblem[] } {
  const missing = new Map<string, number>();
  const seen = new Set<string>();
  return {
    row: (row, line, { columns, formatting, ranking }) => {
      const read = formatting === 'alpaca' ? ['prompt', 'query', 'history'] : ['messages'];
      const pair = ranking ? ['chosen', 'rejected'] : formatting === 'alpaca' ? ['response'] : [];
      for (const name of [...read, ...pair, 'system', 'tools'] as (keyof typeof columns)[]) {
        const column = columns[name];
        if (column === undefined) continue;
        if (row[column] !== undefined) seen.add(column);
        else if (!missing.has(column)) missing.set(column, line);
      }
    },
    end: () =>
      [...missing]
        .filter(([column]) => !seen.has(column))
        .map(([column, line]) => {
          const message = `no row has the column ${column}, which dataset_info.json or a default names: LLaMA-Factory stops with KeyError`;
          return { line, problem: problem('ROW_FAILS', pointerOf(column), message) };
        }),
  };
}

function alpacaRow(row: Fields, { columns, ranking }: LlamaLayout): Problem[] {
  const value = (name: keyof typeof columns) => row[columns[name] ?? ''];
  const found: Problem[] = [];
  if (!isFilled(value('prompt')) && !isFilled(value('query'))) {
    const message = `${columns.prompt ?? 'the prompt'} is ${described(value('prompt'))} and ${columns.query ?? 'the query'} ${described(value('query'))}, expected text: the prompt is empty`;
    found.push(problem('EMPTY_PROMPT', pointerOf(columns.prompt ?? 'instruction'), message));
  }
  if (ranking) found.push(...pairProblems(row, columns, (answer) => typeof answer === 'string', 'text'));
  else found.push(...answerProblems(value('response'), columns.response));
  return [
    ...found,
    ...systemProblems(row, columns),
    ...(columns.tools === undefined ? [] : toolTextProblems(value('tools'), columns.tools)),
  ];
}

function answerProblems(answer: unknown, column: string | undefined): Problem[] {
  if (isFilled(answer)) return [];
  const pointer = pointerOf(column ?? 'output');
  if (typeof answer === 'string')
    return [problem('EMPTY_ANSWER', pointer, 'the answer is empty, expected text: the model learns to say nothing')];
  const why = column === undefined ? 'the response column is not listed under columns' : `${column} is ${described(answer)}, expected text`;
  return [problem('EMPTY_ANSWER', pointer, `${why}; ${drops}`)];
}

/** A pair that is not of the expected type is not seen as one: the row has no answers then. */
function pairProblems(row: Fields, columns: LlamaLayout['columns'], fits: (answer: unknown) => boolean, expected: string): Problem[] {
  const found: Problem[] = [];
  for (const name of ['chosen', 'rejected'] as const) {
    const column = columns[name] ?? name;
    if (!fits(row[column]))
      found.push(problem('COLUMN_TYPE', pointerOf(column), `found ${described(row[column])}, expected ${expected}; ${drops}`));
    else if (row[column] === '') found.push(problem('EMPTY_ANSWER', pointerOf(column), `${column} is empty, expected text`));
  }
  const [chosen, rejected] = [row[columns.chosen ?? 'chosen'], row[columns.rejected ?? 'rejected']];
  if (found.length === 0 && stringifyJson(chosen) === stringifyJson(rejected)) {
    found.push(problem('PAIR_EQUAL', pointerOf(columns.rejected ?? 'rejected'), 'both answers are equal, expected two different ones'));
  }
  return found;
}

function systemProblems(row: Fields, { system }: LlamaLayout['columns']): Problem[] {
  if (system === undefined || row[system] === undefined) return [];
  if (isFilled(row[system])) return [];
  if (row[system] !== null && typeof row[system] !== 'string') {
    return [problem('COLUMN_TYPE', pointerOf(system), `found ${described(row[system])}, expected text`)];
  }
  return [problem('SYSTEM_EMPTY', pointerOf(system), 'the system text is empty: the template may add one of its own')];
}

function sharegptRow(row: Fields, { columns, tags, ranking }: LlamaLayout): Problem[] {
  if (columns.messages === undefined) return [];
  const found = turnProblems(row[columns.messages], { tags, ranking, drops, column: columns.messages });
  if (ranking) {
    const fits = (answer: unknown) => isFields(answer) && [tags.assistant, tags.function].includes(String(answer[tags.role]));
    found.push(...pairProblems(row, columns, fits, `one object with ${tags.role} ${tags.assistant}`));
  }
  const first: unknown = Array.isArray(row[columns.messages]) ? (row[columns.messages] as unknown[])[0] : undefined;
  const inside = isFields(first) && tags.system !== undefined && first[tags.role] === tags.system;
  if (!inside) found.push(...systemProblems(row, columns));
  return [...found, ...(columns.tools === undefined ? [] : toolTextProblems(row[columns.tools], columns.tools))];
}
