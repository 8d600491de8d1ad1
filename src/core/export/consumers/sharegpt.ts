import { arrayOf, type Consumer, fileNames } from './consumer.ts';

/** ShareGPT conversations; the system prompt in its own column. */
export const sharegpt: Consumer = {
  sets: [
    {
      view: 'examples',
      path: fileNames('json'),
      exporter: arrayOf(({ system, prompt, completion }) => ({
        conversations: [
          { from: 'human', value: prompt },
          { from: 'gpt', value: completion },
        ],
        system,
      })),
    },
  ],
};
