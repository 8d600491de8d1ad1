import type { Consumer } from './consumer.ts';

/** ShareGPT conversations. */
export const sharegpt: Consumer = {
  extension: 'json',
  row: ({ system, prompt, completion }) => ({
    conversations: [
      { from: 'system', value: system },
      { from: 'human', value: prompt },
      { from: 'gpt', value: completion },
    ],
  }),
};
