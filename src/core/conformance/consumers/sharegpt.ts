import { stringifyJson } from '../../model/json.ts';
import { type Conformance, datasetsLoader, has, isFilled } from '../conformance.ts';
import { described, type Fields, isFields, type Problem, problem } from '../finding.ts';
import { lengthRatio } from '../pairs.ts';
import { defaultTags, toolTextProblems, turnDialogue, turnProblems } from '../turns.ts';

const drops = 'readers of ShareGPT drop the row, LLaMA-Factory with only a log warning';

/** ShareGPT: conversations of {from, value}, with system and tools (JSON text) beside them; chosen and rejected are one turn each. */
export const sharegpt: Conformance = {
  ...datasetsLoader,
  views: ['sharegpt'],
  open: () => {
    const ratio = lengthRatio();
    return {
      row: (row) => {
        ratio.add(row.chosen, row.rejected);
        return sharegptProblems(row);
      },
      end: ratio.end,
    };
  },
  dialogue: (row) => turnDialogue(row, 'conversations', defaultTags, isPair(row) ? [row.chosen, row.rejected] : undefined),
};

function isPair(row: Fields): boolean {
  return has(row, 'chosen') || has(row, 'rejected');
}

function sharegptProblems(row: Fields): Problem[] {
  const found = turnProblems(row.conversations, { tags: defaultTags, ranking: isPair(row), drops, column: 'conversations' });
  found.push(...toolTextProblems(row.tools, 'tools'));
  if (row.system !== undefined && row.system !== null && typeof row.system !== 'string') {
    found.push(problem('COLUMN_TYPE', '/system', `found ${described(row.system)}, expected text`));
  }
  if (!isPair(row)) return found;
  for (const name of ['chosen', 'rejected']) found.push(...answerTurn(row[name], name));
  if (stringifyJson(row.chosen) === stringifyJson(row.rejected)) {
    found.push(problem('PAIR_EQUAL', '/rejected', 'chosen and rejected are equal, expected two different answers'));
  }
  return found;
}

function answerTurn(value: unknown, name: string): Problem[] {
  if (isFields(value) && (value.from === 'gpt' || value.from === 'function_call') && typeof value.value === 'string') {
    return isFilled(value.value) ? [] : [problem('EMPTY_ANSWER', `/${name}/value`, `${name} is empty, expected text`)];
  }
  return [problem('COLUMN_TYPE', `/${name}`, `found ${described(value)}, expected one object {"from":"gpt","value"}`)];
}
