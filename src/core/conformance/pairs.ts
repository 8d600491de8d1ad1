import type { LateProblem } from './conformance.ts';
import { problem } from './finding.ts';

const [lowest, highest] = [0.7, 1.4];

/** Follows how long chosen answers are, compared to rejected ones: where that is one-sided, a model learns length. */
export function lengthRatio(): { add: (chosen: unknown, rejected: unknown) => void; end: () => LateProblem[] } {
  let chosenCharacters = 0;
  let rejectedCharacters = 0;
  return {
    add: (chosen, rejected) => {
      chosenCharacters += lengthOf(chosen);
      rejectedCharacters += lengthOf(rejected);
    },
    end: () => {
      if (chosenCharacters === 0 || rejectedCharacters === 0) return [];
      const ratio = chosenCharacters / rejectedCharacters;
      if (ratio >= lowest && ratio <= highest) return [];
      const message = `chosen answers are ${ratio.toFixed(2)} times as long as rejected ones, expected ${lowest} to ${highest}`;
      return [{ line: 0, problem: problem('LENGTH_RATIO', '', `${message}: the model learns length`) }];
    },
  };
}

function lengthOf(answer: unknown): number {
  if (typeof answer === 'string') return answer.length;
  if (Array.isArray(answer)) return answer.reduce((sum: number, item: unknown) => sum + lengthOf(item), 0);
  if (typeof answer !== 'object' || answer === null) return 0;
  const { content, value } = answer as { content?: unknown; value?: unknown };
  return lengthOf(content ?? value);
}
