import type { SplitName, TrainingExample } from '../../model/training.ts';

/** How a trainer wants its rows: JSON Lines, or one JSON array. `extra` are files beside the data, by name. */
export type Consumer = {
  extension: 'jsonl' | 'json';
  row: (example: TrainingExample) => object;
  extra?: (files: Partial<Record<SplitName, string>>) => Record<string, unknown>;
};

/** System, user and assistant message. */
export function messagesOf({ system, prompt, completion }: TrainingExample): { role: string; content: string }[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
    { role: 'assistant', content: completion },
  ];
}
