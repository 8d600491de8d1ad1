import type { Consumer } from './consumer.ts';

/** Stanford Alpaca: instruction, input, output. */
export const alpaca: Consumer = {
  extension: 'json',
  row: ({ system, prompt, completion }) => ({ instruction: prompt, input: '', output: completion, system }),
};
