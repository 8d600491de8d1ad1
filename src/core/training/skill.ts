import type { Fact, Skill } from '../model/training.ts';

/**
 * What an example is made of. `facts` are shown in the prompt. `values` fill in the wordings (`answer` names the one of the completion).
 * `recorded` are the values that come from the recording, so that they may say what they say.
 * `grounded` are texts whose numbers and quotes must be shown by the prompt, `named` must occur in it. `json` is the same answer as an object.
 */
export type Draft = {
  skill: Skill;
  facts: readonly Fact[];
  values: Record<string, string>;
  answer?: string;
  recorded?: readonly string[];
  grounded: readonly string[];
  named?: readonly string[];
  json: Record<string, unknown>;
};
